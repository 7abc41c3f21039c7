# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153,SC2154,SC2317 # names of stage.sh, and functions that it calls
# Redis Cluster: three masters with a replica each. Works if the conversation goes as with one Redis, each master has keys, and
# it still goes after one of them was killed and its replica has taken its slots.

play() {
  start_stage
  local at first
  find_nodes
  for at in "${!NODES[@]}"; do start_node "$at"; done
  make_redis_cluster
  export REDIS_URL=redis://default:$PASSWORD@127.0.0.1:${NODES[0]} REDIS_CLUSTER_NODES=127.0.0.1:${NODES[1]},127.0.0.1:${NODES[2]}
  start_programs
  talk "Redis Cluster, REDIS_CLUSTER_NODES" all_have_keys
  first=${NODES[0]}
  end_engine redis-0 KILL
  wait_until 60 is_whole || fail "The cluster has not replaced the master on port $first within a minute; see ${LOGS#"$ROOT"/}."
  talk "Redis Cluster, after a master was killed" others_have_keys
}

find_nodes() {
  local at port=7100
  NODES=()
  for at in 0 1 2 3 4 5; do
    # The bus of a node is 10000 above its port.
    while port_answers "$port" || port_answers $((port + 10000)); do port=$((port + 1)); done
    NODES[at]=$port
    port=$((port + 1))
  done
}

node_settings() { # at
  cat <<SETTINGS
bind 127.0.0.1
port ${NODES[$1]}
requirepass $PASSWORD
masterauth $PASSWORD
dir $(reach "$FOLDER/redis-$1")
cluster-enabled yes
cluster-config-file nodes.conf
cluster-node-timeout 2000
save ""
appendonly no
SETTINGS
}

start_node() { # at
  fresh_folder "redis-$1"
  start_engine "redis-$1" redis-server - 7< <(node_settings "$1")
  engine_answers "redis-$1" node_is_there "$1"
}
node_is_there() { [[ $(on_node "$1" PING) == PONG ]]; }

on_node() { # at, command...
  local at=$1
  shift
  REDISCLI_AUTH=$PASSWORD redis-cli -h 127.0.0.1 -p "${NODES[at]}" --no-auth-warning "$@" 2>/dev/null
}

make_redis_cluster() {
  REDISCLI_AUTH=$PASSWORD redis-cli --no-auth-warning --cluster create "${NODES[@]/#/127.0.0.1:}" --cluster-replicas 1 --cluster-yes \
    >"$LOGS/create.log" 2>&1 || {
    show_tail "$LOGS/create.log" 20
    fail "The cluster could not be made."
  }
  wait_until 30 is_whole || fail "The cluster is not whole half a minute after it was made; see ${LOGS#"$ROOT"/}/create.log."
}

is_whole() { on_node 1 CLUSTER INFO | grep -q 'cluster_state:ok' && (($(masters) >= 3)); }
# Masters that live.
masters() { on_node 1 CLUSTER NODES | awk '$3 ~ /master/ && $3 !~ /fail/' | wc -l; }

# commands <at>: that programs have sent to a node. Its master sends it the effects of scripts, and none of these.
commands() { on_node "$1" INFO commandstats | awk -F '[=,]' '/^cmdstat_(evalsha|brpop):/ { all += $2 } END { print all + 0 }'; }

all_have_keys() {
  local at counts=()
  for at in 0 1 2; do counts+=("$(commands "$at")"); done
  echo "Redis $(redis-server --version | sed -n 's/.* v=\([0-9.]*\) .*/\1/p'): ${counts[*]} commands at its three masters"
  for at in "${counts[@]}"; do ((at > 0)) || return 1; done
}

others_have_keys() {
  local at count=0
  for at in 3 4 5; do
    if [[ $(on_node "$at" ROLE | head -n 1) == master ]]; then count=$(commands "$at"); fi
  done
  echo "$count commands at the replica that has taken its place"
  ((count > 0))
}
