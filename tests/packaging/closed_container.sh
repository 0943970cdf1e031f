# Sourced by containers.sh: the `docker run` lines of README.md, which leave the container nothing
# that it does not need.

# readme_line END: the one line of README.md that starts a container and ends so, for the image of this check.
readme_line() {
  local line
  line=$(grep "^docker run .* image-service$1\$" README.md) || fail "README.md has no docker run ...$1"
  [ "$(wc -l <<<"$line")" = 1 ] || fail "README.md has several docker run ...$1"
  sed "s| image-service| $image-app|; s|-v images:|-v $image-images:|; s|settings.env|$tools/$check-settings.env|" <<<"$line"
}

# run_closed OPTION...: start the server as README.md does, on a free port, with more options.
run_closed() {
  web_port=$(free_port)
  docker rm -f "$image-web" >/dev/null 2>&1 || true
  must "README's docker run $*" bash -euc "$(readme_line "" |
    sed "s|docker run|docker run -d --name $image-web $*|; s|-p 127.0.0.1:8000:8000|-p 127.0.0.1:$web_port:${listens:-8000}|")"
  wait_for "http://127.0.0.1:$web_port/health"
}

travel() { python -m tests.packaging.journey "http://localhost:$web_port" "$@" || { docker logs --tail 40 "$image-web"; fail "the journey"; }; }
inside() { docker exec "$image-web" "$@" 2>&1; }

closed_container() {
  local healthy
  run_closed
  travel 1000000
  travel --keep 100000
  is_closed
  run_closed
  travel --find 100000
  step "ok: another container finds the images in the volume"
  listens=9000 run_closed --env PORT=9000 --env METRICS=1 --env WORKERS=2
  travel 1000000
  curl -sf "http://127.0.0.1:$web_port/metrics" >"$last" || fail "no metrics"
  grep -q '^image_service_.*{.*} [1-9]' "$last" || { cat "$last"; fail "the metrics count nothing"; }
  for _ in $(seq 300); do
    healthy=$(docker inspect --format '{{.State.Health.Status}}' "$image-web")
    [ "$healthy" = healthy ] && break
    sleep 0.2
  done
  [ "$healthy" = healthy ] || fail "another port: the container is $healthy"
  must "it stops in time" timeout 10 docker stop "$image-web"
  docker rm "$image-web" >/dev/null
  step "ok: another port, two processes and metrics in the closed container"
}

is_closed() {
  inside cat /proc/1/status /proc/self/status >"$last"
  [ "$(grep -cE '^(CapEff|CapPrm|CapBnd):\s+0+$' "$last")" = 6 ] || { cat "$last"; fail "it has capabilities"; }
  [ "$(grep -cE '^NoNewPrivs:\s+1$' "$last")" = 2 ] || fail "it may get new privileges"
  [ "$(grep -cE '^[UG]id:(\s+10001){4}$' "$last")" = 4 ] || fail "it has another user"
  if inside sh -c ': >/app/new' >"$last"; then fail "the root is writable"; fi
  grep -q 'Read-only file system' "$last" || fail "the root is not read-only"
  [ "$(docker inspect --format '{{.HostConfig.PidsLimit}}' "$image-web")" = 512 ] || fail "processes are not limited"
  step "ok: no capabilities, no new privileges, no root, a read-only file system, 512 processes"
}

# closed_sweep: README's line for a timer, on the bucket and the table of compose.
closed_sweep() {
  printf '%s\n' BUCKET_NAME=images TABLE_NAME=images AUTH=none AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=test \
    AWS_SECRET_ACCESS_KEY=test AWS_ENDPOINT_URL=http://localstack:4566 >"$tools/$check-settings.env"
  must "README's docker run ... sweep" bash -euc "$(readme_line " python main.py sweep" |
    sed "s|docker run|docker run --network ${COMPOSE_PROJECT_NAME}_default|")"
  grep -q postponed "$last" || { cat "$last"; fail "the sweep says nothing"; }
}
