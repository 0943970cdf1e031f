#!/usr/bin/env bash
# Start the service from a fresh copy in an empty folder, as a new user would, and use it with curl.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
port=${CHECK_PORT:-8765}
address=http://localhost:$port

cleanup() {
  [ -z "${server:-}" ] || kill -- "-$server" 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT

# The files that git tracks, as they are in the working tree.
git -C "$root" ls-files -z | tar -C "$root" --null --files-from=- -cf - | tar -C "$scratch" -xf -
cd "$scratch"
started=$SECONDS
setsid make run PORT="$port" >server.log 2>&1 &
server=$!
until curl -fs "$address/health" >/dev/null; do
  kill -0 "$server" 2>/dev/null || { cat server.log; exit 1; }
  [ $((SECONDS - started)) -lt 180 ] || { cat server.log; exit 1; }
  sleep 0.2
done
echo "make run from nothing: first answer after $((SECONDS - started)) s"
grep "Image service at" server.log

.venv/bin/python - photo.jpg <<'PYTHON'
import sys
from PIL import Image
Image.effect_noise((1600, 1200), 60).convert("RGB").save(sys.argv[1], quality=88)
PYTHON

say() { printf '%s\n' "$*"; }
field() { .venv/bin/python -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

answer=$(curl -fsS -X POST "$address/images" -F "user_id=user123" -F "filename=photo.jpg" \
  -F "image_data=@photo.jpg" -F "tags=vacation,beach" -F "description=Summer photo")
image_id=$(field image_id <<<"$answer")
curl -fsS "$address/images?user_id=user123" | grep -q "$image_id"
url=$(curl -fsS "$address/images/$image_id?download=true&expires_in=3600" | field url)
curl -fsS "$url" -o back.jpg
cmp photo.jpg back.jpg

kill -9 -- "-$server"
wait "$server" 2>/dev/null || true
setsid make run PORT="$port" >server.log 2>&1 &
server=$!
until curl -fs "$address/images/$image_id" >/dev/null; do sleep 0.1; done
curl -fsS "$url" | cmp - photo.jpg
say "the image is still there after kill -9"

AUTH=jwt JWT_SECRET=$(printf '%032d' 0) make token FOR=ana | grep -Eq '^[^.]+\.[^.]+\.[^.]+$'
PORT="$port" make doctor | grep -q "^ok       delete"
make sweep | grep -q '"failed": 0'
make sweep ARGS=--audit | grep -q '"faults": 0'

[ "$(curl -s -o /dev/null -w '%{http_code}' -X DELETE "$address/images/$image_id")" = 204 ]
[ "$(curl -s -o /dev/null -w '%{http_code}' -X DELETE "$address/images/$image_id")" = 404 ]
[ "$(curl -s -o /dev/null -w '%{http_code}' "$url")" = 404 ]
printf '{"user_id": "user123", "filename": "photo.jpg", "image_data": "%s"}' "$(base64 photo.jpg)" |
  tr -d '\n' | curl -fsS "$address/images" -H "Content-Type: application/json" -d @- | field sha256
sha256sum photo.jpg
say "first upload: all steps passed"
