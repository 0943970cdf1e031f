# Sourced by containers.sh: start a Docker engine, and make stand-ins for the images that a machine
# without a registry cannot pull. Everything is in .tools/; nothing is installed.

standin_python=python:3.12-slim
standin_emulator=localstack/localstack:4.14.0
standin_caddy=caddy:2.11.4

fetch_engine() { unpack "$tools/engine" "" install --download-only --no-install-recommends docker.io; }
fetch_caddy() { unpack "$tools/caddy" "" download caddy; }

# No firewall rules and no forwarding: containers and builds reach only each other and this machine.
start_engine() {
  local files=$tools/engine/files log=$tools/dockerd.log data
  ln -sf iptables-legacy "$files/usr/sbin/iptables"
  ln -sf ip6tables-legacy "$files/usr/sbin/ip6tables"
  mkdir -p "$tools/docker"
  # The runtime refuses a root folder behind a symbolic link.
  data=$(realpath "$tools/docker")
  PATH=$files/usr/sbin:$files/usr/bin:$PATH \
  LD_LIBRARY_PATH=$(echo "$files"/usr/lib/*-linux-gnu) XTABLES_LIBDIR=$(echo "$files"/usr/lib/*-linux-gnu/xtables) \
    setsid dockerd --host "$DOCKER_HOST" --data-root "$data/data" --exec-root "$tools/docker/run" \
    --pidfile "$tools/docker/pid" --iptables=false --ip6tables=false --ip-forward=false \
    --default-ulimit nofile=4096:4096 >"$log" 2>&1 </dev/null &
  engine=$!
  for _ in $(seq 100); do docker version >/dev/null 2>&1 && return; sleep 0.1; done
  return 1
}

stop_engine() {
  docker ps -aq | xargs -r docker rm -f >/dev/null 2>&1 || true
  kill "$engine" && wait "$engine" || true
  ip link delete docker0 2>/dev/null || true
}

# A root folder with this machine's Python at the place of the official image's, also without a
# compiled standard library.
make_root() {
  local folder=$1 prefix program
  prefix=$("$python" -c 'import sys; print(sys.base_prefix)')
  mkdir -p "$folder"/{etc,proc,sys,dev,run,root,tmp,var/tmp,usr/bin,usr/local,wheels}
  ln -s usr/bin "$folder/bin"
  chmod 1777 "$folder/tmp" "$folder/var/tmp"
  echo root:x:0:0:root:/root:/bin/sh >"$folder/etc/passwd"
  echo root:x:0: >"$folder/etc/group"
  for program in sh bash env ls cat rm mkdir chown chmod find sleep; do
    cp -L "$(command -v "$program")" "$folder/usr/bin"
  done
  tar -C "$prefix" --exclude=__pycache__ --exclude='*.a' --exclude='lib/python*/test' \
    --exclude='lib/python*/site-packages/[!p]*' -cf - bin lib | tar -C "$folder/usr/local" -xf -
  grep -lIr "^#!$prefix" "$folder/usr/local/bin" | xargs -r sed -i '1s|^#!.*|#!/usr/local/bin/python3|'
  copy_libraries "$folder"
  cp "$tools"/stand-in/wheels/* "$folder/wheels"
}

# copy_libraries FOLDER: copy the libraries that its programs and modules need, those of C++ too.
copy_libraries() {
  { find "$1/usr" -type f \( -perm -u+x -o -name '*.so*' \) -exec ldd {} + 2>/dev/null | grep -o '/[^ )]*' || true
    ldconfig -p | grep -oE '/[^ ]*/lib(stdc\+\+|gcc_s|pthread|rt|dl|util|m)\.so\.[0-9]+'; } \
    | grep -v "^$1" | grep '\.so' | sort -u | while read -r library; do
      if [ -f "$library" ]; then cp -L --parents "$library" "$1"; fi
    done
  mkdir -p "$1/etc/ld.so.conf.d"
  printf '/usr/local/lib\n/lib/%s\n/usr/lib/%s\n' "$(gcc_name)" "$(gcc_name)" >"$1/etc/ld.so.conf"
  ldconfig -r "$1"
}

gcc_name() { basename "$(dirname "$(ldconfig -p | grep -oE '/[^ ]*/libc\.so\.6' | head -1)")"; }

make_standins() {
  local folder=$tools/stand-in
  "$python" -m pip download -q -d "$folder/wheels" -r requirements-run.lock
  "$python" -m pip download -q -d "$folder/wheels" "$(grep '^ministack' tests/packaging/requirements.txt)" cryptography
  make_root "$folder/root"
  tar -C "$folder/root" -cf - . | docker import \
    -c 'ENV PATH=/usr/local/bin:/usr/bin' -c 'ENV PIP_NO_INDEX=1' -c 'ENV PIP_FIND_LINKS=/wheels' \
    -c 'CMD ["python3"]' - "$standin_python"
  docker build -t "$standin_emulator" - <<'DOCKERFILE'
FROM python:3.12-slim
RUN pip install -q --root-user-action=ignore ministack cryptography
# The health check of the compose file needs curl.
RUN printf '#!/usr/local/bin/python3\nimport sys, urllib.request\nurllib.request.urlopen(sys.argv[-1], timeout=2)\n' \
    >/usr/bin/curl && chmod 755 /usr/bin/curl
ENV BIND_HOST=0.0.0.0 IOT_MTLS_ENABLED=0 SFTP_ENABLED=0
CMD ["ministack"]
DOCKERFILE
  # As in the official image: folders of its own, and the wget of the health check.
  mkdir -p "$folder/caddy/usr/bin"
  cp "$tools/caddy/files/usr/bin/caddy" "$folder/caddy/usr/bin"
  copy_libraries "$folder/caddy"
  rm -r "$folder/caddy/etc"
  docker build -t "$standin_caddy" -f - "$folder/caddy" <<'DOCKERFILE'
FROM python:3.12-slim
COPY . /
RUN printf '#!/usr/local/bin/python3\nimport sys, urllib.request\nurllib.request.urlopen(sys.argv[-1], timeout=2)\n' \
    >/usr/bin/wget && chmod 755 /usr/bin/wget && caddy version
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
DOCKERFILE
  rm -r "$folder"
}

# The images are in the engine's data. They are built again when they change or the data is gone.
need_standins() {
  local pins stamp=$tools/docker/stand-ins
  pins=$(cat requirements-run.lock tests/packaging/requirements.txt tests/packaging/engine.sh | sha256sum)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$pins" ] || ! docker image inspect "$standin_emulator" >/dev/null 2>&1; then
    rm -rf "$tools/stand-in"
    # In the background, because in a condition the shell does not stop at the first error.
    (make_standins) >"$tools/stand-in.log" 2>&1 &
    wait $! || { tail -40 "$tools/stand-in.log" >&2; fail "stand-in images"; }
    echo "$pins" >"$stamp"
  fi
}
