#!/usr/bin/env bash
# Runs the check of action.yml and writes Markdown, and SARIF where it is wanted; its first line in the log says what broke. Takes the
# command as its arguments, and FILE, MODEL, BASE, BUDGETS and SARIF from the environment. Ends as the check does.
set -u
# The host takes 1 MiB of a step.
max_summary_bytes=1000000
arguments=(check)
[ -z "$BASE" ] || arguments+=(--base "$BASE")
[ -z "$BUDGETS" ] || arguments+=(--budgets "$BUDGETS")
# A pull request may name its files: after -- no name is an option.
subject=(--)
[ -z "$MODEL" ] || subject+=("$MODEL")
subject+=("$FILE")
markdown="$RUNNER_TEMP/weighbridge.md"
errors="$RUNNER_TEMP/weighbridge.err"

"$@" "${arguments[@]}" --output markdown "${subject[@]}" >"$markdown" 2>"$errors"
code=$?
if [ -z "$MODEL$BUDGETS" ] && [ ! -e weighbridge.json ]; then
  echo 'weighbridge: in the workflow that is, under "with": "model: NAME" for the budgets of a registry, or "budgets: FILE"' >>"$errors"
fi
cat "$errors" >&2
# Empty means that nothing changed, which nobody knows here. Indented, the text is code and no Markdown.
if [ "$code" -gt 1 ] && [ ! -s "$markdown" ]; then
  printf '### Weighbridge could not decide\n\n' >"$markdown"
  sed 's/^/    /' "$errors" >>"$markdown"
fi
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
if [ "$(wc -c <"$markdown")" -le "$max_summary_bytes" ]; then
  cat "$markdown" >>"$GITHUB_STEP_SUMMARY"
else
  # Whole lines: the last one is cut.
  head -c "$max_summary_bytes" "$markdown" | sed '$d' >>"$GITHUB_STEP_SUMMARY"
  printf '\nA summary takes no more: `weighbridge check --output json` prints the rest.\n' >>"$GITHUB_STEP_SUMMARY"
fi
if [ -n "$SARIF" ]; then
  "$@" "${arguments[@]}" --output sarif "${subject[@]}" >"$SARIF" 2>/dev/null
  [ -s "$SARIF" ] || echo "::warning title=Weighbridge::No SARIF was written: see the errors above."
fi
exit "$code"
