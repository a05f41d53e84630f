#!/usr/bin/env bash
# Runs the check of action.yml and writes Markdown, and SARIF where it is wanted; its first line in the log says what broke. Takes the
# command as its arguments, and FILE, MODEL, BASE, BUDGETS and SARIF from the environment.
set -u
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
cat "$errors" >&2
# Empty means that nothing changed, which nobody knows here. Indented, the text is code and no Markdown.
if [ "$code" -gt 1 ] && [ ! -s "$markdown" ]; then
  printf '### Weighbridge could not decide\n\n' >"$markdown"
  sed 's/^/    /' "$errors" >>"$markdown"
fi
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
cat "$markdown" >>"$GITHUB_STEP_SUMMARY"
[ -z "$SARIF" ] || "$@" "${arguments[@]}" --output sarif "${subject[@]}" >"$SARIF" 2>/dev/null
exit "$code"
