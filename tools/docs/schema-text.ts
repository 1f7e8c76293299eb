/** What schemas/README.md says that no .avsc can. */

/** Field names that some SQL takes only in quotes, with the dialects that reserve them. The tests hold it against their lists. */
export const namesToQuote: Readonly<Record<string, readonly string[]>> = {
  primary: ['ISO SQL:2023', 'PostgreSQL', 'DuckDB', 'Flink SQL'],
  raw: ['Flink SQL'],
};

/** Where a field's value comes from, where that isn't the entry's field of the same name. */
export const sources: Readonly<Record<'entry' | 'dead-letter', Readonly<Record<string, string>>>> = {
  entry: {
    primary: "the configured name of the session's token",
    messageId: "the message's `id`",
    entryIndex: "the entry's place in the message",
    notificationType: "the notification's `notificationType`",
    notifiedAt: "the message's `timeStamp`, s to ms",
    extra: "the entry's other fields",
  },
  'dead-letter': {
    primary: "the configured name of the session's token",
    messageId: "the message's `id`",
    entryIndex: "the entry's place in the message",
    object: "the notification's `object`",
    raw: 'the frame, or the part of it that failed',
  },
};

export const reading = `## Reading the records

- The value is in Confluent's wire format: one byte 0x00, the schema's id in the registry (4 bytes, big-endian), the Avro body. The key is
  \`clientName\` in UTF-8; of a dead letter without one, the primary's name.
- **An open set** is text whose values NetBackup defines and may extend in any release. They are strings and no enums for that reason: count
  what you don't know as "other", and don't fail on it.
- **Null** means that NetBackup didn't send the field, or sent null. Empty text means that it sent empty text.
- **Times** are \`timestamp-millis\`: milliseconds since 1970 in UTC, in the years 1 to 9999. NetBackup sends whole seconds. A time beyond these years (seconds that
  are really milliseconds, a "never") is null, and \`extra\` has what was sent: readers in Python, Spark and Go would stop at it for good.
- **Names** that NetBackup has are NetBackup's. All are valid as they are in Java, Python and Go, and in SQL between quotes; no two differ in
  case alone. SQL without quotes has two habits to mind: some databases take the capitals away, so quote all names or none, and some names
  are reserved words, which are columns only in quotes (\`"primary"\`; in Flink \`\` \`primary\` \`\`):`;

export const mapping = `## How the wire maps to records

One message of NetBackup's (\`NOTIFICATION\`, \`REQUEST\`) holds notifications, each with a list of entries; every entry becomes one record of
\`NetBackupJob\` or \`NetBackupImage\`, in order. For each field of the schema:

- It takes the entry's field of the same name, or of one of the field's aliases. Times become milliseconds. Nothing is trimmed, rounded or
  translated.
- A field that was not sent takes the schema's default.
- An entry that lacks a required field, or has a value that the field's type can't hold exactly, becomes a dead letter with the bytes that
  were sent and the path that failed. Its siblings are written as usual ([delivery](../docs/delivery.md) lists every case).
- What the schema has no place for goes to \`extra\`.

### Extra

\`extra\` maps the names of fields that the schema lacks to their values as JSON text. NetBackup may add fields in any release, and none is lost:
an entry with \`"attempt": 2, "site": "north"\` gives \`{"attempt": "2", "site": "\\"north\\""}\`. Parse each value as JSON; a number of 16
and more digits is there as it was sent, so parse it with something that keeps it; of others the value is, and not its spelling (\`1.10\` is \`1.1\`). A field that readers use often deserves a place in the
schema: see [evolution](#evolution). From then on \`extra\` lacks it: a query over both times reads the field, and where that is null the one
in \`extra\`.`;

export const identity = `## One event once

- (\`primary\`, \`messageId\`, \`entryIndex\`) names one event. The bridge writes each once; after a restart, or where nobody can tell whether a
  batch was written, it can be there again, with the same name. **Keep the first record of each name and drop the others**, for as long as
  you read back. (NetBackup's documentation doesn't say whether a message that it sends again keeps its id. Where it doesn't, the copy has a
  name of its own, and what stays right is the latest state.)
- (\`primary\`, \`jobId\`) names a job, (\`primary\`, \`backupId\`) an image. **The latest state is the record with the highest offset**, after
  copies were dropped: the records of one client are in one partition, in the order in which the primary sent them. Don't order by times:
  \`notifiedAt\` has seconds only, and \`startTime\` and \`createdTime\` may be hours off.
- A job is successful when its latest state has \`state\` DONE and \`status\` 0. \`status\` 1 is partial success.
- Topics that \`topics create\` made keep records for 14 days and dead letters for 90: what is to be known for longer has to be kept elsewhere.`;

/** Each step's effects, as test/kafka/evolution-readers.test.ts shows them. */
export const evolution = `## Evolution

The subjects of these topics should have the compatibility level **FULL_TRANSITIVE**: every version reads every other, so that readers and the
bridge can change in any order and old records stay readable. Set it once:
\`PUT /config/<subject> {"compatibility": "FULL_TRANSITIVE"}\`.

| step | FULL | older reader, newer record | newer reader, older record |
|---|---|---|---|
| add an optional field | yes | doesn't see it | null |
| add a field with a default | yes | doesn't see it | the default |
| remove an optional field | yes | null | doesn't see it |
| new enum symbol, where the enum has a default of its own | yes | the enum's default | reads it |
| rename by alias, of a field that has a default | yes | **its default: the value is lost without an error** | reads it |
| rename by alias | **no** | can't be read | reads it |
| widen int to long | **no** | can't be read | reads it |
| new enum symbol | **no** | can't be read | reads it |

The last four are not for these topics, also where the registry would take them. Instead of renaming or retyping a field, add one. What
NetBackup sends for a field that was removed goes to \`extra\`. A field that stays keeps its exact type: a timestamp that becomes a plain long, or text that becomes bytes, passes every registry and breaks programs.

### Where readers differ

Registries judge by Avro's rules; libraries don't all keep them. What was seen with Java's Avro 1.12.1, fastavro 1.13.1, Apache's Python avro 1.12.2, hamba/avro 2.31.0 (Go) and apache-avro
0.22.0 (Rust), so that an owner knows before a version is registered:

| step | Java | Python | Go | Rust |
|---|---|---|---|---|
| a default of a union's later branch: \`["null", "string"]\` with \`"x"\` | \`"x"\`; fails in some records that hold themselves, and where a record's default leaves the field out | fastavro: \`"x"\`; avro: refuses the schema | not tried | null, without an error |
| null as the default of a later branch: \`["string", "null"]\` | reads it | fastavro: reads it; avro: refuses the schema | refuses the schema | not tried |
| rename by alias | reads it; **a wrong value or the default, without an error**, where aliases form a chain (\`a\` to \`b\`, \`b\` to \`c\`) or the record has another namespace | fastavro: reads it; avro: can't | reads it | the default, without an error |
| new enum symbol, where the enum has a default of its own | the default | fastavro: the default; avro: an error | the default | the default |
| a reader's plain long for a \`timestamp-millis\` | by the reader's schema: a number | fastavro: by the writer's, a time | by the reader's | an error |

Two registries differ too: to Apicurio 3.3.3 a schema that differs only in \`doc\` or \`aliases\` is the same version, to Karapace another \`doc\` is a new one. Karapace took a default that doesn't fit its
type (\`"none"\` for a long), Apicurio refuses it (42201). Go's library keeps logical types in a schema's fingerprint, and Rust's leaves them nested, so that theirs aren't Java's.

### Adding a field

The schema's owner, not the bridge, decides. To give NetBackup's field \`site\` a place of its own:

1. Take the subject's latest version and add \`{"name": "site", "type": ["null", "string"], "default": null, "doc": "..."}\`. The name is the
   wire's. The default is what keeps old records readable. \`nbwss-bridge schemas diff jobs@latest candidate.avsc\` says what would change for readers.
2. Register it as the subject's next version, with the registry's own means. FULL_TRANSITIVE makes the registry refuse a mistake.
3. The bridge finds the new version by itself, within \`schemas.refreshIntervalMs\` (a minute) unless \`schemas.mode\` is \`pinned\`, and writes the next records with it: \`site\` in its own field, no longer in \`extra\`. It needs no
   new release for that, and no restart.
4. Readers that know the field use it; all others go on as before. \`nbwss-bridge schemas list\`, the status page and the line \`schema-in-use\` tell
   which version is written with; \`nbwss-bridge schemas check\` and the line \`schema-refused\` tell why one isn't.

What the bridge can't write with is refused, and the last good version stays in use, also after a restart (\`nbwss-bridge schemas list\` says which): a version without \`primary\`, \`messageId\`, \`entryIndex\` or
\`extra\` (\`primary\`, \`reason\`, \`raw\` and \`rawTruncated\` for dead letters), or with a field that nothing can fill.`;

export const releasing = `## Releasing a version

\`released/<schema>/<n>.avsc\` are the versions that releases of the bridge brought along. The numbers are ours; a registry counts its own
versions, and has others in between when the schema's owner adds some. A released file never changes.

- Better \`doc\`s need no version here: readers don't depend on them. (A registry may count the new text as a version of its own.)
- Any other change is a new version: change \`schemas/<schema>.avsc\`, and with the release copy it to the next number, and add its SHA-256 to
  test/unit/schemas/released.test.ts. The tests fail unless every version reads and is read by every other.`;
