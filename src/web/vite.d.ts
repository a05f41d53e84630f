// What the bundler makes of imports that are no TypeScript: files by their hashed address, styles by their effect.
declare module '*.css';
declare module '*.svg' {
  const address: string;
  export default address;
}
declare module '*.graphql?raw' {
  const text: string;
  export default text;
}
declare module 'graphiql/setup-workers/vite';
