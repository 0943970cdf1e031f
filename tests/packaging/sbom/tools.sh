# Sourced by sbom.sh and packaging.sh.

need_sbom() { once sbom "$(cat tests/packaging/sbom/requirements.txt)" new_environment sbom tests/packaging/sbom/requirements.txt; }
install_heic() { "$python" -m pip install -q --target "$tools/sbom-heic" --require-hashes -r requirements-heic.lock; }

# make_sbom FILE [heic]: write and check the bill of what requirements-run.lock has.
make_sbom() {
  local made=$tools/$check-sbom folders=("$tools"/service/lib/python3*/site-packages)
  cp requirements-run.lock "$made.once"
  cp requirements-run.lock "$made.lock"
  if [ "${2:-}" = heic ]; then
    once sbom-heic "$(cat requirements-heic.lock)" install_heic
    # Both locks have Pillow.
    sed -n '/^pillow-heif==/,$p' requirements-heic.lock >>"$made.once"
    cat requirements-heic.lock >>"$made.lock"
    folders+=("$tools/sbom-heic")
  fi
  "$tools/sbom/bin/cyclonedx-py" requirements "$made.once" --spec-version 1.7 --output-reproducible \
    --no-validate --output-file "$made.json" 2>"$made.log" || { cat "$made.log" >&2; return 1; }
  "$tools/sbom/bin/python" tests/packaging/sbom/complete.py "$made.json" "$made.lock" "${folders[@]}" >"$1"
}
