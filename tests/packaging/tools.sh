# Sourced by the checks. Their tools are in .tools/, and are installed again when a pin changes.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools=$root/.tools
# Checks may run side by side: what each writes has its name.
check=$(basename "$0" .sh)
last=$tools/$check-last.log
cd "$root"
mkdir -p "$tools"
started=()
trap stop_started EXIT

step() { printf '[%3ss] %s\n' "$SECONDS" "$*"; }
fail() { printf '[%3ss] FAILED: %s\n' "$SECONDS" "$*" >&2; exit 1; }

# must TEXT COMMAND...: run the command; show its output only if it fails.
must() {
  if "${@:2}" >"$last" 2>&1; then step "ok: $1"; else cat "$last" >&2; fail "$1"; fi
}

# once NAME PINS COMMAND...: run the command unless .tools/NAME exists for these pins.
once() {
  local stamp=$tools/$1/.pins
  {
    # Another check may be installing it.
    if command -v flock >/dev/null; then flock 9; fi
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$2" ] && return
    rm -rf "${tools:?}/$1" && mkdir -p "$tools/$1"
    "${@:3}" >"$tools/$1.log" 2>&1 || { cat "$tools/$1.log" >&2; fail "cannot install $1"; }
    printf '%s' "$2" >"$stamp"
  } 9>"$tools/$1.lock"
}

# The images run Python 3.12; awslambdaric needs at least that.
find_python() {
  local candidate
  for candidate in python3.12 "$HOME"/.pyenv/versions/3.12.*/bin/python python3.13 python3 python; do
    "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || continue
    "$candidate" -c 'import sys; print(sys.executable)' && return
  done
  fail "Python 3.12 or later is needed"
}

# With uv where the tests have it, because it is faster than pip.
new_environment() {
  "$python" -m venv "$tools/$1"
  "$root/.venv/bin/uv" pip install -q --python "$tools/$1" -r "$2" ||
    "$tools/$1/bin/pip" install -q --no-compile -r "$2"
}

# The emulator pins another botocore, so the service has an environment of its own.
need_checks() { once checks "$(cat tests/packaging/requirements.txt)" new_environment checks tests/packaging/requirements.txt; }
need_service() { once service "$(cat requirements-run.lock)" new_environment service requirements-run.lock; }

need_cli() {
  once cli "$(cat package-lock.json)" npm ci --ignore-scripts --no-audit --no-fund
}

# AWS's Runtime Interface Emulator is part of a wheel of aws-sam-cli.
# fetch_lambda_emulator FOLDER PROCESSOR
fetch_lambda_emulator() {
  local folder=$tools/$1 program=samcli/local/rapid/aws-lambda-rie-$2
  "$python" -m pip download -q --no-deps -d "$folder" aws-sam-cli==1.170.0
  "$python" -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])' \
    "$folder"/*.whl "$program" "$folder"
  install "$folder/$program" "$folder/aws-lambda-rie"
  rm -r "$folder"/*.whl "$folder/samcli"
}
need_lambda_emulator() { once lambda-emulator 1.170.0 fetch_lambda_emulator lambda-emulator x86_64; }

# unpack FOLDER SOURCE APT_ARGUMENT...: download with apt and unpack into FOLDER/files; install nothing.
unpack() {
  local folder=$1 source=$2 options
  mkdir -p "$folder"/apt/lists/partial "$folder"/apt/archives/partial
  options=(-q -y -o "Dir::State::Lists=$folder/apt/lists" -o "Dir::Cache::Archives=$folder/apt/archives"
    -o "Dir::Cache=$folder/apt" -o APT::Sandbox::User=root -o Debug::NoLocking=1)
  if [ -n "$source" ]; then
    echo "$source" >"$folder/apt/sources.list"
    options+=(-o "Dir::Etc::SourceList=$folder/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null)
  fi
  apt-get "${options[@]}" update
  (cd "$folder/apt/archives" && apt-get "${options[@]}" "${@:3}")
  for package in "$folder"/apt/archives/*.deb; do dpkg -x "$package" "$folder/files"; done
  rm -r "$folder/apt"
}

has_debian_packages() { command -v apt-get >/dev/null && grep -rqE 'https?://[^ ]*/debian/?( |$)' /etc/apt; }

# Debian's Chromium, installed for everybody; the libraries of its checks are in .tools/browser/.
browser_libraries=(playwright-core@1.65.1 axe-core@4.14.1 dropzone@6.3.5 uppy@6.0.1 filepond@4.32.12)
install_chromium() {
  command -v chromium >/dev/null && return
  { has_debian_packages && [ "$(id -u)" = 0 ]; } || { echo "Install it, such as: apt install chromium"; return 1; }
  apt-get -q update && apt-get -q -y --no-install-recommends install chromium
}
need_chromium() { once chromium debian install_chromium; }
need_browser_libraries() {
  once browser "${browser_libraries[*]}" \
    npm install --prefix "$tools/browser" --ignore-scripts --no-audit --no-fund "${browser_libraries[@]}"
}

# Docker's command line, compose and buildx of Debian 13, which run on older Debians as well.
fetch_docker_cli() {
  local mirror; mirror=$(grep -rhoE 'https?://[^ ]*/debian/?( |$)' /etc/apt | head -1)
  unpack "$tools/docker-cli" \
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror% } trixie main" \
    download docker-cli docker-compose docker-buildx
  mkdir -p "$tools/docker-cli/config"
  ln -s ../files/usr/libexec/docker/cli-plugins "$tools/docker-cli/config/cli-plugins"
}
need_docker_cli() { once docker-cli trixie fetch_docker_cli; }

# together COMMAND...: run them in parallel; the first failure ends the check.
together() {
  local command running=()
  for command in "$@"; do "$command" & running+=($!); done
  for command in "${running[@]}"; do wait "$command" || exit 1; done
  step "tools are here"
}

free_port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# wait_for URL: wait until the URL answers; on a busy machine that may take minutes.
wait_for() {
  for _ in $(seq 3000); do curl -sf -m 60 -o /dev/null "$1" && return; sleep 0.1; done
  fail "$1 does not answer"
}

# S3, DynamoDB, CloudFormation and more on loopback or $emulator_host; AWS_ENDPOINT_URL and dummy credentials exported.
# start_emulator VARIABLE=VALUE...: more settings of the emulator.
start_emulator() {
  local port host=${emulator_host:-127.0.0.1}; port=$(free_port)
  mkdir -p "$tools/$check-aws"
  (cd "$tools/$check-aws" && PATH=$tools/checks/bin:$PATH BIND_HOST=$host GATEWAY_PORT=$port \
    IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 exec env "$@" ministack >"$tools/$check-aws.log" 2>&1) &
  started+=($!)
  export AWS_ENDPOINT_URL=http://$host:$port AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true
  wait_for "$AWS_ENDPOINT_URL/_localstack/health"
}

stop_started() {
  local process
  for process in "${started[@]}"; do kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; done
}

python=$(find_python)
