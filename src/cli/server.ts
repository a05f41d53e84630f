#!/usr/bin/env node
/** `weighbridge-server`: `weighbridge serve` under the name of the package that has the server. Must not do more. */
process.argv.splice(2, 0, 'serve');
await import('./main.js');
