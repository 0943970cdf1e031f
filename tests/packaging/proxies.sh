#!/usr/bin/env bash
# Run the README's nginx and Caddy blocks in real proxies, with TLS, a path prefix and a port of
# their own, and use the service through them with curl. Only addresses and certificate are replaced.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

need_proxies() { once proxies "nginx caddy" unpack "$tools/proxies" "" download nginx caddy; }
if command -v nginx >/dev/null && command -v caddy >/dev/null; then
  need_proxies() { :; }
elif ! has_debian_packages; then
  step "SKIPPED: proxies, for want of nginx, Caddy and Debian packages"
  exit 0
fi
together need_service need_proxies
export PATH=$PATH:$tools/proxies/files/usr/sbin:$tools/proxies/files/usr/bin

work=$tools/proxies-work
rm -rf "$work" && mkdir -p "$work"
certificate=$work/localhost.crt key=$work/localhost.key
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost -keyout "$key" -out "$certificate" 2>/dev/null
export SSL_CERT_FILE=$certificate CURL_CA_BUNDLE=$certificate
"$tools/service/bin/python" - "$work/small.png" "$work/large.png" <<'PYTHON'
import sys
from PIL import Image
for name, side in zip(sys.argv[1:], (300, 2900), strict=True):
    Image.effect_noise((side, side), 90).save(name)
PYTHON

# block LANGUAGE: print the README's block of that language.
block() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{//!p}" README.md; }

write_nginx() {
  cat <<CONF
daemon off; pid $work/nginx.pid; error_log $work/nginx.log warn;
events {}
http {
access_log off; client_body_temp_path $work/body; proxy_temp_path $work/answers;
fastcgi_temp_path $work/a; uwsgi_temp_path $work/b; scgi_temp_path $work/c;
CONF
  block nginx | sed "s|listen 443|listen 127.0.0.1:$port|; s|photos.example.com;|localhost;|
    s|/etc/ssl/.*crt|$certificate|; s|/etc/ssl/.*key|$key|; s|127.0.0.1:8000|127.0.0.1:$service_port|"
  echo "}"
}
write_caddy() {
  printf '{\nadmin off\nauto_https disable_redirects\n}\n'
  block caddy | sed "s|^photos.example.com {|https://localhost:$port {\ntls $certificate $key|
    s|127.0.0.1:8000|127.0.0.1:$service_port|"
}
start_nginx() { write_nginx >"$work/nginx.conf"; nginx -p "$work" -e "$work/nginx.log" -c "$work/nginx.conf" & started+=($!); }
start_caddy() {
  write_caddy >"$work/Caddyfile"
  HOME=$work XDG_DATA_HOME=$work caddy run --config "$work/Caddyfile" --adapter caddyfile >"$work/caddy.log" 2>&1 &
  started+=($!)
}

ask() { curl -sS --fail-with-body --max-time 60 "$@"; }
status() { curl -s -o /dev/null -w '%{http_code}' --path-as-is "$@"; }
# field NAME...: print a field of the JSON on stdin; expect GOT WANTED WHAT.
field() { "$python" -c 'import functools, json, sys; print(functools.reduce(lambda value, name: value[int(name) if name.isdigit() else name], sys.argv[1:], json.load(sys.stdin)))' "$@"; }
expect() { [ "$1" = "$2" ] || fail "$proxy: $3: $1, not $2"; }
under() { case $1 in "$root"/*) ;; *) fail "$proxy: $2 is $1, not under $root" ;; esac; }

upload_a_form() {
  local answer location url
  answer=$(ask -D "$work/head" -H "X-Forwarded-Host: evil.example.com" -H "SCRIPT_NAME: /images" \
    -F user_id=ana -F "image_data=@$work/small.png" "$@" "$root/images")
  url=$(field url <<<"$answer")
  location=$(tr -d '\r' <"$work/head" | sed -n 's/^[Ll]ocation: //p')
  under "$url" url; under "$location" Location
  ask "$url" | cmp - "$work/small.png"
  expect "$(ask "$location" | field image_id)" "$(field image_id <<<"$answer")" "the image at Location"
}

upload_directly() {
  local answer url image_id
  answer=$(ask -H "Content-Type: application/json" -d '{"user_id": "ana", "filename": "large.png", "content_type": "image/png", "size": '"$(wc -c <"$work/large.png")"'}' "$root/images")
  url=$(field upload url <<<"$answer"); under "$url" upload.url
  image_id=$(field image_id <<<"$answer")
  (cd "$work" && eval "$(field upload curl <<<"$answer") --fail-with-body -sS")
  answer=$(ask "$root/images/$image_id")
  expect "$(field status <<<"$answer")" ready "the direct upload"
  ask "$(field url <<<"$answer")" | cmp - "$work/large.png"
}

upload_as_json() {
  { printf '{"user_id": "ana", "filename": "large.png", "image_data": "'; base64 -w0 "$work/large.png"; printf '"}'; } >"$work/large.json"
  under "$(ask -H "Content-Type: application/json" --data-binary "@$work/large.json" "$root/images" | field url)" url
}

follow_the_list() {
  local next=$root/images?limit=1 count=0
  while [ -n "$next" ]; do
    under "$next" Link
    ask -D "$work/head" "$next" >"$work/page"
    count=$((count + $(field count <"$work/page")))
    next=$(tr -d '\r' <"$work/head" | sed -n 's/^[Ll]ink: <\(.*\)>; rel="next"/\1/p')
  done
  expect "$count" "$1" "images in the list"
}

read_the_pages() {
  expect "$(ask "$root/openapi.json" | field servers 0 url)" "$root" "the server of the API document"
  ask "$root/docs" | grep -q docs/docs.js
  ask "$root/docs/docs.js" >/dev/null
  expect "$(ask -o /dev/null -L -w '%{url_effective}' "$root/docs/")" "$root/docs" "docs/ leads to"
  ask -H "Accept: text/html" "$root$(status_type)" | grep -q "href=\"$root/docs\"" || fail "$proxy: a problem's page"
}
status_type() { curl -s "$root/images/nothing" | field type; }

find_the_metrics() {
  local path
  expect "$(status "http://127.0.0.1:$service_port/metrics")" 200 "metrics behind the proxy"
  for path in metrics metrics/ /metrics //metrics %2Fmetrics metrics%2F %6detrics ./metrics images/../metrics 'metrics;a' 'metrics?a' 'metrics%3Fa' METRICS; do
    case $(status "$root/$path") in 404 | 400) ;; *) fail "$proxy: $root/$path shows the metrics" ;; esac
  done
  expect "$(status -H "SCRIPT_NAME: /images" "$root/images/metrics")" 404 "SCRIPT_NAME"
  expect "$(status -H "X-Original-URL: /metrics" -H "X-Rewrite-URL: /metrics" "$root/nothing")" 404 "X-Original-URL"
}

ask_the_doctor() {
  local doctor=("$tools/service/bin/python" main.py doctor)
  must "$proxy: the doctor opens an image under PUBLIC_URL" env PUBLIC_URL="$root" "${doctor[@]}"
  grep -q "the service answers at $root" "$last" || fail "$proxy: the doctor did not ask PUBLIC_URL"
  if PUBLIC_URL=${root%/api}/apis "${doctor[@]}" >"$last" 2>&1; then fail "$proxy: a wrong prefix"; fi
  grep -q "PUBLIC_URL=${root%/api}/apis is wrong" "$last" || fail "$proxy: the doctor does not name PUBLIC_URL"
}

# through PROXY: use the service through nginx or Caddy.
through() {
  proxy=$1 port=$(free_port) service_port=$(free_port)
  root=https://localhost:$port/api
  export PORT=$service_port DATA_DIR=$work/$proxy-data METRICS=1 LOG_LEVEL=WARNING
  PUBLIC_URL=$root "$tools/service/bin/python" main.py >"$work/$proxy-service.log" 2>&1 & started+=($!)
  "start_$proxy"
  wait_for "$root/health"
  upload_a_form
  # Slower than a thread would have to wait for it, if the proxy waits.
  upload_a_form --limit-rate 60k
  upload_directly
  upload_as_json
  follow_the_list 4
  read_the_pages
  find_the_metrics
  ask_the_doctor
  step "ok: $proxy"
}

through nginx
through caddy
step "the README's proxies work"
