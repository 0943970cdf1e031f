#!/usr/bin/env bash
# Deploy serverless.yml to an emulator of AWS, use its HTTP API, sweep, remove it, and deploy it
# again on the bucket and table of the first deployment. The emulator runs no images without
# Docker, so the same handler is deployed as a zip.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

together need_cli need_service need_checks

work=$tools/deployment
rm -rf "$work" && mkdir -p "$work"
ln -s "$root/node_modules" "$work/node_modules"
# It refuses what a function's role does not allow.
start_emulator AUTH=true
export PATH=$tools/service/bin:$PATH NODE_NO_WARNINGS=1 CI=1

# osls COMMAND PARAMETER...: run it on the zip variant of the service.
auth=none
osls() {
  node_modules/.bin/osls print --format json --stage check --param auth=$auth "${@:2}" 2>"$last" \
    | python -m tests.packaging.zip_variant "$work/service.zip" "$tools"/service/lib/python3.*/site-packages \
    >"$work/serverless.json" || { cat "$last" >&2; return 1; }
  (cd "$work" && node_modules/.bin/osls "$1" --stage check --verbose)
}

# travel MODULE ARGUMENT...: a journey through the deployed HTTP API.
travel() {
  local api
  api=$(sed -n 's/^ *HttpApiId: //p' "$last" | tail -1)
  python -m "$1" "$AWS_ENDPOINT_URL" --host "$api.execute-api.localhost:${AWS_ENDPOINT_URL##*:}" "${@:2}" \
    || fail "$1"
}

output() { sed -n "s/^ *$1: //p" "$last" | tail -1; }

# The domain: with records and no path, then with a path.
name=photos.example.com
domain=(--param "domain=$name" --param "certificate=arn:aws:acm:us-east-1:000000000000:certificate/${name//./-}")
zone=$(python -m tests.packaging.own_domain zone "$name")
watched=(--param alarm-email=ops@example.com --param "hosted-zone=$zone" --param tracing=1)

must "osls deploy" osls deploy --param grace-seconds=0 "${domain[@]}" "${watched[@]}"
bucket=$(output BucketName) table=$(output TableName)
travel tests.packaging.journey 1000000 4000000
travel tests.packaging.direct_upload
travel tests.packaging.failures image-service-check
travel tests.packaging.journey --keep 100000
travel tests.packaging.denials
must "the schedule's event sweeps" python -m tests.packaging.deployed sweep image-service-check-sweep
must "$name leads to the gateway" python -m tests.packaging.own_domain records "$zone" "$name"
must "$name answers" python -m tests.packaging.own_domain answers "$AWS_ENDPOINT_URL" "$name"

must "the table is protected" python -m tests.packaging.deployed protected "$table"
must "osls remove" osls remove
must "bucket $bucket and table $table are still there" python -m tests.packaging.deployed kept "$bucket" "$table"

must "osls deploy on them" osls deploy --param "bucket=$bucket" --param "table=$table" "${domain[@]}" --param base-path=v1/photos
[ "$(output BucketName) $(output TableName)" = "$bucket $table" ] || fail "others were made"
travel tests.packaging.journey --find 1000000
must "$name/v1/photos answers" python -m tests.packaging.own_domain answers "$AWS_ENDPOINT_URL" "$name" v1/photos

# With tokens. CloudFormation refuses params with which the functions would not start.
auth=jwt
secret=$("$python" -c 'import secrets; print(secrets.token_hex(32))')
must "make a secret" python -m tests.packaging.deployed make_secret tokens "$secret"
if osls deploy --param jwt-secret="$secret" --param "bucket=$bucket" --param "table=$table" >"$last" 2>&1; then
  fail "a deploy that passes the secret itself is not refused"
fi
grep -q "There is no jwt-secret any more" "$last" || { cat "$last" >&2; fail "the reason is not named"; }
step "ok: a deploy that passes the secret itself is refused, and why"
must "osls deploy with a secret" osls deploy --param jwt-secret-id=tokens --param "bucket=$bucket" --param "table=$table"
if grep -rqF "$secret" "$work/serverless.json" "$work/.serverless" "$last"; then fail "the secret is in what the deployment wrote"; fi
step "ok: nothing that the deployment wrote has the secret"
must "the API asks for tokens of the secret, which the sweep has not" \
  python -m tests.packaging.deployed tokens image-service-check-api image-service-check-sweep "$secret"
auth=none
must "osls remove" osls remove --param "bucket=$bucket" --param "table=$table"
must "bucket and table are still there" python -m tests.packaging.deployed kept "$bucket" "$table"
step "the deployment works, as a zip"
