/** Times in the schema: the text form of RFC 3339, and the library's reading of it. The library's own scalar names no specification. */
import { GraphQLScalarType } from 'graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';

export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  name: 'DateTime',
  description: 'A time in UTC in RFC 3339 format, such as 2026-03-01T12:00:00.000Z. Other offsets are accepted.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
});
