#!/usr/bin/env bash
# Run main.handler with awslambdaric and AWS's Runtime Interface Emulator; HTTP becomes events.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

together need_service need_checks need_lambda_emulator

start_emulator
export BUCKET_NAME=lambda-check TABLE_NAME=lambda-check AUTH=none STRIP_STAGE_PATH=1
export MAX_IMAGE_SIZE=4500000 LOG_LEVEL=WARNING
export PATH=$tools/service/bin:$PATH
must "bucket and table" python main.py provision

if AUTH='' python -c 'import main' >"$last" 2>&1; then fail "it starts without AUTH"; fi
grep -q 'AUTH is not set' "$last" || fail "the missing AUTH is not named"
step "ok: a wrong setting fails the cold start and says why"

port=$(free_port) runtime_port=$(free_port) gateway_port=$(free_port)
function_command=("$tools/lambda-emulator/aws-lambda-rie"
  --runtime-interface-emulator-address "127.0.0.1:$port" --runtime-api-address "127.0.0.1:$runtime_port"
  "$tools/service/bin/python" -m awslambdaric main.handler)
step "starting it five times"
python -m tests.packaging.lambda_times "$port" 5 -- "${function_command[@]}" 2>"$tools/$check-lambda.log" \
  || { tail -40 "$tools/$check-lambda.log" >&2; fail "cold and warm starts"; }
step "ok: cold and warm starts"

"${function_command[@]}" >"$tools/$check-lambda.log" 2>&1 & started+=($!)
if [ -n "${COSTS:-}" ]; then python -m tests.packaging.lambda_costs "$port" "$!"; exit; fi
python -m tests.packaging.gateway "$gateway_port" "$port" & started+=($!)
wait_for "http://127.0.0.1:$gateway_port/health"
python -m tests.packaging.journey "http://127.0.0.1:$gateway_port" 1000000 4400000 || fail "the journey"
step "Lambda works"
