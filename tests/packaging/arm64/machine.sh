# Sourced by arm64.sh: an emulated arm64 processor, a base image for it, and the use of the Lambda image.

fetch_processor() {
  unpack "$tools/qemu" "" download qemu-user-static
  # The package emulates thirty processors.
  find "$tools/qemu/files" -type f ! -name qemu-aarch64-static -delete
}
need_processor() { once qemu debian fetch_processor; }

# The kernel starts programs for arm64 with the emulator. F: it opens the emulator now, so that
# containers need no file of it.
emulate_processor() {
  local folder=/proc/sys/fs/binfmt_misc
  [ -e $folder/register ] || mount -t binfmt_misc binfmt_misc $folder || skip "the kernel has no binfmt_misc"
  [ ! -e $folder/qemu-aarch64 ] || return 0
  printf ':image-service-arm64:M::%s:%s:%s:FOC' \
    '\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00' \
    '\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff' \
    "$tools/qemu/files/usr/bin/qemu-aarch64-static" >$folder/register
}
forget_processor() {
  [ ! -e /proc/sys/fs/binfmt_misc/image-service-arm64 ] || echo -1 >/proc/sys/fs/binfmt_misc/image-service-arm64
}

# Debian's Python for arm64, with all that it needs.
fetch_root() {
  local folder=$tools/arm64 mirror
  mirror=$(grep -rhoE 'https?://[^ ]*/debian/?( |$)' /etc/apt | head -1)
  mkdir -p "$folder/wheels"
  # Nothing counts as installed, so apt brings everything.
  : >"$folder/status"
  printf '%s\n' 'APT::Architecture "arm64";' 'APT::Architectures {"arm64";};' "Dir::State::status \"$folder/status\";" >"$folder/apt.conf"
  APT_CONFIG=$folder/apt.conf unpack "$folder" \
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror% } trixie main" \
    install --download-only --no-install-recommends base-files coreutils dash findutils libstdc++6 python3 python3-pip python3-venv
  ln -s python3 "$folder/files/usr/bin/python"
  echo root:x:0:0:root:/root:/bin/sh >"$folder/files/etc/passwd"
  echo root:x:0: >"$folder/files/etc/group"
  cat "$folder"/files/usr/share/ca-certificates/mozilla/*.crt >"$folder/files/etc/ssl/certs/ca-certificates.crt"
  "$python" -m pip download -q --no-deps --only-binary :all: --platform manylinux_2_28_aarch64 \
    --platform manylinux2014_aarch64 --python-version 3.13 --require-hashes -d "$folder/files/wheels" -r requirements-run.lock
  compile_root "$folder/files"
}
need_root() { once arm64 "$(cat requirements-run.lock tests/packaging/arm64/machine.sh)" fetch_root; }

# Only to save time: what this machine compiles, the emulated processor need not.
compile_root() {
  local candidate
  for candidate in "$HOME"/.pyenv/versions/3.13.*/bin/python python3.13; do
    "$candidate" -m compileall -q -s "$1" -p / -x 'idlelib|tkinter|lib2to3|ensurepip|/tests?/' \
      "$1/usr/lib/python3.13" "$1/usr/lib/python3" && return
  done
  true
}

# make_base NAME: `docker import` takes no processor, a build does.
make_base() {
  docker build --platform linux/arm64 --tag "$1" --file - "$tools/arm64/files" <<'DOCKERFILE'
FROM scratch
COPY . /
ENV PATH=/usr/local/bin:/usr/bin PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels
CMD ["python3"]
DOCKERFILE
}

# AWS's Runtime Interface Emulator for arm64 is in the same wheel.
fetch_arm64_lambda_emulator() { fetch_lambda_emulator lambda-emulator-arm64 arm64; }
need_arm64_lambda_emulator() { once lambda-emulator-arm64 1.170.0 fetch_arm64_lambda_emulator; }

# use_lambda_image: as on Lambda, with S3 and DynamoDB on this machine's address in Docker's network.
use_lambda_image() {
  local port gateway_port
  port=$(free_port) gateway_port=$(free_port)
  emulator_host=$(docker network inspect bridge --format '{{(index .IPAM.Config 0).Gateway}}')
  start_emulator
  export BUCKET_NAME=arm64-check TABLE_NAME=arm64-check AUTH=none
  must "bucket and table" python main.py provision
  docker run --rm --init --name "$image-lambda" --platform linux/arm64 -p "127.0.0.1:$port:8080" \
    --read-only --tmpfs /tmp --user 993:990 --cap-drop ALL --security-opt no-new-privileges --memory 2g \
    --volume "$tools/lambda-emulator-arm64/aws-lambda-rie:/usr/local/bin/aws-lambda-rie:ro" \
    --env BUCKET_NAME --env TABLE_NAME --env AUTH --env MAX_IMAGE_SIZE=4500000 \
    --env AWS_ENDPOINT_URL --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY --env AWS_REGION \
    "$image-lambda" >"$tools/$check-lambda.log" 2>&1 & started+=($!)
  python -m tests.packaging.gateway "$gateway_port" "$port" & started+=($!)
  wait_for "http://127.0.0.1:$gateway_port/health"
  python -m tests.packaging.journey "http://127.0.0.1:$gateway_port" 1000000 \
    || { tail -40 "$tools/$check-lambda.log" >&2; fail "the journey"; }
  step "ok: the Lambda image, on emulated S3 and DynamoDB"
}
