#!/usr/bin/env bash
# Build both images for Graviton (linux/arm64), unmodified, on an emulated processor, and use them. If
# no Docker engine is running, start one without a network, with a stand-in for the base image.
set -euo pipefail
. "$(dirname "$0")/tools.sh"
. tests/packaging/engine.sh
. tests/packaging/closed_container.sh
. tests/packaging/arm64/machine.sh

skip() { step "SKIPPED, not checked: arm64 ($*)"; exit 0; }

image=image-service-arm64
if ! docker info >/dev/null 2>&1; then
  [ "$(id -u)" = 0 ] || skip "no Docker is running, and starting one takes root"
  has_debian_packages || skip "no Docker is running, and there are no Debian packages"
  export DOCKER_HOST=unix://$tools/docker/socket DOCKER_CONFIG=$tools/docker-cli/config
  need_engine() { once engine docker.io fetch_engine; }
  together need_service need_checks need_docker_cli need_engine need_processor need_root need_arm64_lambda_emulator
  export PATH=$tools/docker-cli/files/usr/bin:$PATH
  trap 'stop_arm64; stop_engine; stop_started; forget_processor' EXIT
  emulate_processor
  start_engine || { tail -5 "$tools/dockerd.log" >&2; skip "the Docker engine does not start here"; }
  # Debian 13 has no other Python.
  base=python:3.13-slim
  must "a stand-in for $base of Debian's packages for arm64" make_base "$base"
else
  together need_service need_checks need_arm64_lambda_emulator
  trap 'stop_arm64; stop_started' EXIT
  base=python:3.12-slim
  docker run --rm --platform linux/arm64 $base true >"$last" 2>&1 \
    || skip "this Docker runs no images for arm64: docker run --privileged --rm tonistiigi/binfmt --install arm64"
fi
stop_arm64() {
  docker rm -f "$image-web" "$image-lambda" >/dev/null 2>&1 || true
  docker volume rm -f "$image-images" >/dev/null 2>&1 || true
}
stop_arm64
export PATH=$tools/service/bin:$PATH
processor() { docker run --rm --platform linux/arm64 --entrypoint python "$1" -c 'import platform; print(platform.machine(), platform.python_version())' 2>"$last"; }

build=(docker build --platform linux/arm64 --build-arg "PYTHON_IMAGE=$base")
must "the web image" "${build[@]}" --target web --tag "$image-app" .
must "the Lambda image" "${build[@]}" --tag "$image-lambda" .
for name in app lambda; do
  [ "$(docker image inspect "$image-$name" --format '{{.Architecture}}')" = arm64 ] || fail "$name is not for arm64"
done
step "ok: both are for arm64; their Python says: $(processor "$image-app")"

# The container's own health check would take more time here than it has.
run_closed --platform linux/arm64 --no-healthcheck
travel --keep 1000000
run_closed --platform linux/arm64 --no-healthcheck
travel --find 1000000
must "it finds no faults in its store" docker exec "$image-web" python main.py sweep --audit
docker rm -f "$image-web" >/dev/null
step "ok: the web image, embedded"

use_lambda_image
step "both images work on arm64, emulated"
