#!/usr/bin/env bash
# Runs the check of action.yml and writes Markdown, and SARIF where it is wanted; its first line in the log says what broke. Takes the
# command as its arguments, and FILE, MODEL, BASE, BUDGETS and SARIF from the environment.
set -u
arguments=(check)
[ -z "$MODEL" ] || arguments+=("$MODEL")
arguments+=("$FILE")
[ -z "$BASE" ] || arguments+=(--base "$BASE")
[ -z "$BUDGETS" ] || arguments+=(--budgets "$BUDGETS")
markdown="$RUNNER_TEMP/weighbridge.md"

"$@" "${arguments[@]}" --output markdown >"$markdown"
code=$?
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
cat "$markdown" >>"$GITHUB_STEP_SUMMARY"
[ -z "$SARIF" ] || "$@" "${arguments[@]}" --output sarif >"$SARIF" 2>/dev/null
exit "$code"
