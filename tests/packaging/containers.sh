#!/usr/bin/env bash
# Build and run Dockerfile and docker-compose.yml, unmodified, with a real Docker engine. If none is
# running, start one without a network, with stand-ins for the base images (engine.sh).
set -euo pipefail
. "$(dirname "$0")/tools.sh"
. tests/packaging/engine.sh
. tests/packaging/own_server.sh
. tests/packaging/closed_container.sh

shopt -s globstar
judged=(Dockerfile .dockerignore docker-compose.yml requirements-run.lock main.py gunicorn.conf.py
  service/**/*.{py,html,css,js,svg} tests/packaging/requirements.txt tests/packaging/*.sh tests/packaging/*.py
  tests/support/gateway_events.py)
passed=$tools/containers.passed
contents=$({ cat "${judged[@]}"; grep -h docker README.md docs/operations.md; } | sha256sum)

skip() { step "SKIPPED, not checked: containers ($*)"; exit 0; }

[ "$(cat "$passed" 2>/dev/null)" != "$contents" ] || skip "unchanged since they passed; rm $passed to run it"

if ! docker info >/dev/null 2>&1; then
  [ "$(id -u)" = 0 ] || skip "no Docker is running, and starting one takes root"
  has_debian_packages || skip "no Docker is running, and there are no Debian packages"
  export DOCKER_HOST=unix://$tools/docker/socket DOCKER_CONFIG=$tools/docker-cli/config
  need_engine() { once engine docker.io fetch_engine; }
  need_caddy() { once caddy debian fetch_caddy; }
  together need_service need_docker_cli need_engine need_caddy need_lambda_emulator
  export PATH=$tools/docker-cli/files/usr/bin:$PATH
  trap 'stop_containers; stop_engine; stop_started' EXIT
  start_engine || { tail -5 "$tools/dockerd.log" >&2; skip "the Docker engine does not start here"; }
  step "Docker $(docker version --format '{{.Server.Version}}') is up"
  need_standins
  step "stand-ins for $standin_python, $standin_emulator and $standin_caddy are here"
else
  together need_service need_lambda_emulator
  trap 'stop_containers; stop_started' EXIT
fi

export PORT LOCALSTACK_PORT COMPOSE_PROJECT_NAME=image-service-check
PORT=$(free_port) LOCALSTACK_PORT=$(free_port)
export PATH=$tools/service/bin:$PATH
image=image-service-check

stop_containers() {
  docker rm -f "$image-web" "$image-lambda" >/dev/null 2>&1 || true
  docker volume rm -f "$image-images" >/dev/null 2>&1 || true
  docker compose --profile own down --volumes --timeout 5 >/dev/null 2>&1 || true
}
size() { docker image inspect "$1" --format '{{.Size}}' | numfmt --to=iec --suffix=B; }

must "docker compose builds the web image" docker compose build app
must "a plain build makes the Lambda image" docker build -t $image-lambda .
step "sizes: base image $(size "$standin_python"), web $(size $image-app), Lambda $(size $image-lambda)"

closed_container

docker compose up --detach --wait >"$last" 2>&1 \
  || { tail -20 "$last"; docker compose logs --tail 40; fail "docker compose up"; }
step "ok: docker compose up --wait"
python -m tests.packaging.journey "http://localhost:$PORT" 1000000 4000000 10000000 \
  || { docker compose logs --tail 40 app; fail "the journey"; }
must "a command in the container" docker compose exec -T app python main.py sweep
closed_sweep
must "the app stops in time" timeout 10 docker compose stop app

lambda_port=$(free_port) gateway_port=$(free_port)
# As on Lambda: only /tmp is writable, a user of its own, no privileges, 1 GiB.
on_lambda=(docker run --rm --init --name $image-lambda --network "${image}_default" -p "127.0.0.1:$lambda_port:8080"
  --read-only --tmpfs /tmp --user 993:990 --cap-drop ALL --security-opt no-new-privileges --memory 1g
  --volume "$tools/lambda-emulator/aws-lambda-rie:/usr/local/bin/aws-lambda-rie:ro"
  --env BUCKET_NAME=images --env TABLE_NAME=images --env AUTH=none --env MAX_IMAGE_SIZE=4500000
  --env AWS_ENDPOINT_URL=http://localstack:4566 --env "PUBLIC_S3_ENDPOINT_URL=http://localhost:$LOCALSTACK_PORT"
  --env AWS_ACCESS_KEY_ID=test --env AWS_SECRET_ACCESS_KEY=test --env AWS_REGION=us-east-1 $image-lambda)
python -m tests.packaging.lambda_times "$lambda_port" 3 -- "${on_lambda[@]}" 2>"$tools/$check-lambda.log" \
  || { tail -40 "$tools/$check-lambda.log" >&2; fail "cold and warm starts of the Lambda image"; }
step "ok: cold and warm starts of the Lambda image"
"${on_lambda[@]}" >"$tools/$check-lambda.log" 2>&1 & started+=($!)
python -m tests.packaging.gateway "$gateway_port" "$lambda_port" & started+=($!)
wait_for "http://127.0.0.1:$gateway_port/health"
python -m tests.packaging.journey "http://127.0.0.1:$gateway_port" 1000000 4400000 \
  || { tail -40 "$tools/$check-lambda.log" >&2; fail "the journey"; }
if docker run --rm $image-lambda >"$last" 2>&1; then fail "Lambda without BUCKET_NAME"; fi
grep -q 'BUCKET_NAME' "$last" || fail "the missing BUCKET_NAME is not named"
step "ok: the Lambda image, and its refusal to start without a bucket"

stop_containers
own_server

echo "$contents" >"$passed"
step "containers work"
