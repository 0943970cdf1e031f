# Sourced by containers.sh: a server of one's own, as docs/operations.md describes it. Then the loss of
# its images, and their return from the backup.

own_server() {
  local name=photos.localhost http https
  work=$tools/$check-own
  rm -rf "$work" && mkdir -p "$work/clone"
  git ls-files -z | xargs -0 cp --parents --target-directory "$work/clone"
  cd "$work/clone"
  http=$(free_port) https=$(free_port)
  # Beside a server of one's own that may be running here.
  export HTTP_PORT=127.0.0.1:$http HTTPS_PORT=127.0.0.1:$https SUBNET=10.213.88.0/28
  export PUBLIC_URL=https://$name:$https
  curl=(curl -sS --max-time 30 --cacert "$work/root.crt" --resolve "$name:$https:127.0.0.1" --resolve "$name:$http:127.0.0.1")

  must "docker compose builds a server of one's own" docker compose build photos backup
  if docker compose up --detach caddy >"$last" 2>&1; then fail "a server of one's own without JWT_SECRET"; fi
  docker compose logs photos >"$last" 2>&1
  grep -q 'AUTH=jwt needs JWT_SECRET' "$last" || fail "the missing JWT_SECRET is not named"
  step "ok: no server of one's own without JWT_SECRET"

  must "README's lines, docker compose up -d caddy" bash -euc "$(five_lines | sed "s|photos.example.com|$name|" | head -4)"
  token=$(bash -euc "$(five_lines | tail -1)" </dev/null)
  expect "$(docker compose ps --services --status running | sort | xargs)" "backup caddy photos" "the services that run"
  wait_until docker compose cp caddy:/data/caddy/pki/authorities/local/root.crt "$work/root.crt"
  wait_until "${curl[@]}" -f -o /dev/null "$PUBLIC_URL/health"
  ask_as_strangers "http://$name:$http" "https://$name"
  use_own_server
  survive_a_crash
  lose_and_restore
  must "docker compose down" docker compose --profile own down --timeout 5
  docker volume inspect "${COMPOSE_PROJECT_NAME}_photos" "${COMPOSE_PROJECT_NAME}_backup" >"$last" || fail "the volumes are gone"
  cd "$root"
}

# The commands of the pages, from the line that begins so to the end of the block.
block() { sed -n "/^$1/,/^\`\`\`\$/{/^\`\`\`\$/d;p}" "$2"; }
five_lines() { block 'echo "DOMAIN=' README.md; }
restore_lines() { block 'docker compose rm --stop' docs/operations.md | sed "s|image-service_photos|${COMPOSE_PROJECT_NAME}_photos|"; }
expect() { [ "$1" = "$2" ] || fail "$3: $1, not $2"; }
# wait_until COMMAND...: try again until it succeeds; on a busy machine that may take minutes.
wait_until() {
  for _ in $(seq ${TRIES:-1000}); do "$@" >"$last" 2>&1 && return; sleep 0.2; done
  cat "$last" >&2
  fail "$*"
}
status() { "${curl[@]}" -o /dev/null -w '%{http_code}' "$@"; }
own() { "${curl[@]}" --fail-with-body -H "Authorization: Bearer $token" "$@"; }
field() { "$python" -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

ask_as_strangers() {
  expect "$(status "$PUBLIC_URL/images")" 401 "a list without a token"
  expect "$(status "$PUBLIC_URL/metrics")" 404 "the metrics"
  expect "$("${curl[@]}" -o /dev/null -w '%{http_code} %{redirect_url}' "$1/images")" "308 $2/images" "http"
  "${curl[@]}" -D "$work/head" -o "$work/page" -H "Accept: text/html" "$PUBLIC_URL/"
  grep -qi '^strict-transport-security: max-age=' "$work/head" || fail "no HSTS"
  grep -q '<noscript>' "$work/page" || fail "no gallery"
  step "ok: https, the way to it, and what strangers see there"
}

use_own_server() {
  local answer
  "$tools/service/bin/python" -c 'import sys; from PIL import Image; Image.effect_noise((1500, 1500), 90).save(sys.argv[1])' "$work/photo.png"
  answer=$(own -F "image_data=@$work/photo.png" "$PUBLIC_URL/images")
  image=$PUBLIC_URL/images/$(field image_id <<<"$answer")
  url=$(field url <<<"$answer")
  case $url in "$PUBLIC_URL"/*) ;; *) fail "url is $url" ;; esac
  "${curl[@]}" -f "$url" | cmp - "$work/photo.png"
  step "ok: an upload of $(wc -c <"$work/photo.png") bytes, its URL"
}

survive_a_crash() {
  local started
  started=$(docker compose ps -q photos | xargs docker inspect --format '{{.State.StartedAt}}')
  # All processes but the first, which ends with them.
  docker compose exec -T photos sh -c 'kill -9 -1' >/dev/null 2>&1 || true
  wait_until own -o /dev/null "$image"
  "${curl[@]}" -f "$url" | cmp - "$work/photo.png"
  [ "$(docker compose ps -q photos | xargs docker inspect --format '{{.State.StartedAt}}')" != "$started" ] || fail "nothing crashed"
  step "ok: after a crash it starts by itself, and has its images"
}

is_backed_up() {
  docker compose exec -T backup cat /backup/manifest-sha256.txt >"$work/manifest" && grep photo "$work/manifest"
}

lose_and_restore() {
  local answer
  must "docker compose restart backup" docker compose restart --timeout 1 backup
  wait_until is_backed_up
  expect "$(restore_lines | wc -l)" 4 "the lines of docs/operations.md that restore"
  must "the lines of docs/operations.md that restore" bash -euc "$(restore_lines)" </dev/null
  wait_until "${curl[@]}" -f -o /dev/null "$PUBLIC_URL/health"
  expect "$(status "$url")" 403 "a URL of before"
  answer=$(own "$image")
  "${curl[@]}" -f "$(field url <<<"$answer")" | cmp - "$work/photo.png"
  must "an audit finds no faults" docker compose exec -T photos python main.py sweep --audit
  step "ok: after the loss of its images it has them from the backup"
}
