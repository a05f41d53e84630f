/**
 * The faults and attacks that a registry must survive: the one place where each has its id, what is done and what must come of it. Tests carry
 * the ids in their names, cases of the exam in their field; docs/reliability.md is generated from this list.
 */

export interface Question {
  id: string;
  attack: string;
  expected: string;
  /** Why nobody asks it yet. */
  waits?: string;
}

const GROUPS: Record<string, string> = {
  P: 'Files',
  G: 'GraphQL',
  U: 'Uploads and storage',
  D: 'Database',
  A: 'Access',
  O: 'Operation',
  F: 'Found since, and mended',
  N: 'Several processes',
  S: 'Soak',
};

const rows = (text: string): Question[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', attack = '', expected = '', waits] = line.split(' | ').map((part) => part.trim());
      return { id, attack, expected, ...(waits === undefined ? {} : { waits }) };
    });

/** id | what is done | what must come of it | why it waits */
export const QUESTIONS: readonly Question[] = rows(String.raw`
P01 | 80 MB of empty nodes | the exact node count or LIMIT_EXCEEDED, in little memory
P02 | 200 MB of packed integers or dims | as P01; a rank over 1,024 is refused
P03 | graphs nested 100, 101 and 20,000 deep | read, refused, refused at once
P04 | 21 KB of start-group bytes | refused at once
P05 | lengths of one byte too many, 2^31, 2^32 and 2^63, at four levels | refused, and nothing is allocated for them
P06 | tag 0, wrong wire types, field numbers and varints, a lone end group | refused
P07 | an LSTM model cut at every byte | refused, or the same counts; never a wrong MATCH
P08 | the graph sent twice, with an LSTM each | two LSTMs
P09 | a tensor of 300 MB | exact, in little memory
P10 | dims of 2^40 by 2^40, a negative one, a 0 | refused, refused, counted as 0
P11 | external data at paths outside the folder | kept as text; nothing outside is opened
P12 | external data of 10^15 bytes, at offset −1, with odd keys | no allocation, no crash
P13 | names such as __proto__, of 1 MB, with NUL, line breaks, right-to-left marks | counted right, shown escaped
P14 | functions that call themselves, or each other in a circle | a named verdict at once
P15 | an LSTM in If, Loop, Scan, in a function used three times, bidirectional | the documented counts
P16 | PNG, ZIP, text, HTML, safetensors, GGUF, pickle and others | refused, and the message says what it looks like
P17 | 10,000 random mutations | no crash, none slow
G01 | introspection, suggestions of fields, a probe for stacks | none of a field's name is told, and no stack
G02 | a list of operations, a mutation by GET, other media types | refused without a side effect
G03 | one alias, directive, level, token or byte too many | refused; one less passes
G04 | a fragment bomb, fragments in a circle | refused at once
G05 | pages of pages of pages, as a literal and as a variable | both refused, at the same cost
G06 | a resolver or the database fails, malformed JSON | a general message and a request id; nothing leaks
G07 | an operation that runs over 10 s | stopped, TIMEOUT
G08 | the audits of GraphQL over HTTP | no error
G09 | random operations from the schema | none is answered with a 5xx
U01 | a wrong, malformed or upper-case digest | refused; nothing is visible
U02 | chunks of a resumable upload out of order, with a gap, overlapping, repeated, after the end | refused, and what is there stays as it is
U03 | a length that is one off; too many bytes without a length | refused, at the limit and not after it
U04 | clients that go in the middle | nothing staged is left, no descriptor is lost
U05 | many clients that send the same bytes at once | one blob
U06 | one idempotency key five times at once | one version
U07 | the disk is full at byte k of an upload | STORAGE_FULL; works again once there is space
U08 | an fsync or a rename fails | no success is answered, nothing staged is left, a retry works
U09 | the process is killed at every write, fsync, rename, open and close | nothing corrupt, nothing acknowledged missing, a clean restart
U10 | power is cut after an answer | nothing acknowledged is lost; without fsync, something is
U11 | 200 slow headers and 200 slow bodies beside an honest upload of six minutes | the slow ones are closed, the honest one passes
U12 | an object store that fails, breaks off, sends wrong bytes | retried or refused, and never believed
U13 | ranges of all kinds, If-None-Match | 206, 416, 304, with a digest
U14 | a bit of a stored blob flips | fsck finds it
D01 | four servers publish 50 versions each of one model | numbers 1 to 200, no error
D02 | the same, with one of them killed | no gap, nothing acknowledged lost, also after its restart
D03 | power is cut after 50 acknowledged changes | all 50 are there; without fsync, some are not
D04 | PostgreSQL is restarted under load | 503, then it goes on; nothing acknowledged is lost
D05 | SQL, wildcards, NUL and odd letters in names and searches | the right rows only, never a 500
A01 | a token that is mistyped, expired, revoked, missing, sent twice | 401, with the same body
A02 | every field and mutation with every role, on what is its own and what is not | as the table of scopes says
A03 | many wrong tokens from one address | 429 there, others unaffected
A04 | the log and the database are searched for tokens after all of this | there are none
A05 | a row of the trail is edited, deleted, swapped, inserted | each is found
A06 | headers of pages, script in names | a strict policy; text is escaped
O01 | SIGTERM while uploads and queries run, then a second | they finish, within 60 s, exit code 0; the second ends it at once
O02 | the database is gone, a disk is below its mark or takes no writes | not ready, with the reason; alive; reads go on where they can
O03 | eight uploads of 4 GB beside 100 queries a second | under 512 MiB more memory, 95 % of queries within 200 ms
O04 | two servers start on one empty database | one schema, both up
O05 | a backup under load is restored elsewhere | nothing is missing
F01 | a write or fsync of the embedded database's log fails once | it recovers by itself, or ends with a line and a code; never alive and mute
F02 | a blob damaged on disk is downloaded, whole and in part, and sent again | never sent silently; sending it mends it
F03 | a token is revoked, lowered or expires during its upload | refused, and in the trail
F04 | a read token sends one operation of 15 lists with 95 globs each, or of 15 large comparisons | alive within a second, TIMEOUT on time, others are served
F05 | a tensor that claims 2^53 − 1 elements and has none | in no total
F06 | names that are workflow commands, links, placeholders, mentions, formulas | text in tables, Markdown and SARIF
F07 | a long name, and a short one that looks like its mark | two names
F08 | a database in another time zone; a pooler in transaction mode that refuses startup parameters | times are right; refused with the commands that are missing, or right
F09 | the clock is set back a day | trail and lists stay in the order of writing
F10 | eight large uploads beside queries | 95 % of queries within three times what they take alone
F11 | a suffix range over the size, two hosts, a foreign host with anonymous reading | all of it with 206, 400, refused
F12 | a link that signs in, where standard output is no terminal | not printed
N01 | behind a balancer one of four processes is killed, one stopped, PostgreSQL restarted, the gateway of the object store killed, the balancer reloaded, while clients publish, check, read and revoke tokens | nothing acknowledged is lost or there twice, no gap, trail and bytes whole; no process answers a token once its revocation was acknowledged
N02 | four processes start at once on an empty database | one schema, one first token, all of them publish
S01 | an hour of publishes, comparisons, lists, downloads, broken uploads and wrong tokens | memory stays flat, or its growth is the database's
`);

/** The part of docs/reliability.md that says what is asked. */
export function describeQuestions(): string {
  return Object.entries(GROUPS)
    .map(([letter, title]) => {
      const lines = QUESTIONS.filter(({ id }) => id.startsWith(letter)).map(
        ({ id, attack, expected, waits }) =>
          `| ${id} | ${escaped(attack)} | ${escaped(expected)}${waits === undefined ? '' : ` (waits: ${waits})`} |`,
      );
      return `### ${title}\n\n| id | what is done | what must come of it |\n| --- | --- | --- |\n${lines.join('\n')}\n`;
    })
    .join('\n');
}

const escaped = (text: string) => text.replace(/__/g, '\\_\\_');
