/**
 * What variables of other programs tell: where a job builds, how the Hugging Face Hub is asked, by which proxy, what a program that is started gets.
 * Settings of Weighbridge are in config.ts.
 */
import { getProxyForUrl } from 'proxy-from-env';
import { isOwnMachine } from './core/connection-faults.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a version is built, as GitHub and GitLab tell their jobs; elsewhere nothing. */
export function buildSource(environment: Environment = process.env): {
  [Name in 'repositoryUrl' | 'commit' | 'runUrl']?: string | undefined;
} {
  if (environment['GITHUB_ACTIONS'] === 'true') {
    const repositoryUrl = `${environment['GITHUB_SERVER_URL'] ?? ''}/${environment['GITHUB_REPOSITORY'] ?? ''}`;
    const runUrl = `${repositoryUrl}/actions/runs/${environment['GITHUB_RUN_ID'] ?? ''}`;
    return { repositoryUrl, commit: environment['GITHUB_SHA'], runUrl };
  }
  if (environment['GITLAB_CI'] === 'true') {
    const { CI_PROJECT_URL: repositoryUrl, CI_COMMIT_SHA: commit, CI_JOB_URL: runUrl } = environment;
    return { repositoryUrl, commit, runUrl };
  }
  return {};
}

interface HubSettings {
  endpoint: string | undefined;
  token: string | undefined;
  /** Where a login keeps its token, for where none is set. */
  tokenFile: string;
}

/** As huggingface_hub reads them. */
export function hubSettings(environment: Environment = process.env): HubSettings {
  const { HF_ENDPOINT: endpoint, HF_TOKEN: token, HF_TOKEN_PATH: path, HF_HOME: own } = environment;
  const { XDG_CACHE_HOME: cache, HOME: home, USERPROFILE: profile } = environment;
  const folder = own || `${cache || `${home ?? profile ?? '.'}/.cache`}/huggingface`;
  return { endpoint: endpoint || undefined, token: token?.trim() || undefined, tokenFile: path || `${folder}/token` };
}

/** Of a program that is started: what this process has, and these variables. */
export function environmentWith(
  variables: Readonly<Record<string, string>>,
  environment: Environment = process.env,
): Record<string, string | undefined> {
  return { ...environment, ...variables };
}

/**
 * Settings for a git that is started, as variables, which no list of processes shows. What this environment gives git comes after them: it is
 * kept, and wins as it does over settings of files.
 */
export function gitSettings(
  settings: readonly (readonly [name: string, value: string])[],
  environment: Environment = process.env,
): Record<string, string> {
  const given = Array.from({ length: Number(environment['GIT_CONFIG_COUNT'] ?? 0) }, (_, at) => {
    return [environment[`GIT_CONFIG_KEY_${at}`] ?? '', environment[`GIT_CONFIG_VALUE_${at}`] ?? ''] as const;
  });
  const all = [...settings, ...given];
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(all.length)],
    ...all.flatMap(([name, value], at): [string, string][] => [
      [`GIT_CONFIG_KEY_${at}`, name],
      [`GIT_CONFIG_VALUE_${at}`, value],
    ]),
  ]);
}

/** By HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in either case; null without one, and for this machine itself. May hold a password. */
export function proxyOf(url: URL): string | null {
  const found = isOwnMachine(url.hostname) ? '' : getProxyForUrl(url.href);
  if (found === '') return null;
  // Without a scheme it is given that of the address that is asked for; everybody else takes it for http.
  const own = url.protocol.replace(':', '_proxy');
  const written = [own, own.toUpperCase(), 'all_proxy', 'ALL_PROXY'].map((name) => process.env[name]).find(Boolean);
  return written === undefined || written.includes('://') ? found : `http://${written}`;
}

/** A file of certificate authorities that Node reads by itself. */
export function extraAuthorities(environment: Environment = process.env): string | null {
  return environment['NODE_EXTRA_CA_CERTS'] || null;
}
