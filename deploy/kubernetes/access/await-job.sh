#!/usr/bin/env bash
# await-job.sh <job> <seconds>: until it has ended; shows what it said. `kubectl wait` waits for one condition, and a job that
# has failed would be waited for until the time is over.
set -euo pipefail

job=$1 until=$((SECONDS + $2))
while ((SECONDS < until)); do
  ended=$(kubectl get job "$job" --output 'jsonpath={.status.conditions[?(@.status=="True")].type}')
  case " $ended " in
    *' Complete '*)
      kubectl logs "job/$job"
      exit 0
      ;;
    *' Failed '*) break ;;
  esac
  sleep 2
done
echo "The job $job did not end well." >&2
kubectl logs "job/$job" --tail=100 >&2 || true
exit 1
