# shellcheck shell=bash source-path=SCRIPTDIR
# shellcheck disable=SC2034,SC2153,SC2154,SC2317 # names of stage.sh, and functions that it calls
# RabbitMQ, killed twice while a thousand events are published by a publisher that is killed too. Works if all have
# arrived, and those of each subject in their order.

play() {
  local begun seen verdict=yes
  begun=$(now)
  seen=$("$ROOT/deploy/engines/rabbitmq.sh" 7>&- | tail -n 1) || verdict=no
  result RabbitMQ "$verdict" "$(since "$begun")" "${seen:-it broke off}"
}
