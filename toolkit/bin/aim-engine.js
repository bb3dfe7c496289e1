#!/usr/bin/env node
// The commands for endpoints of this host under a name of their own.
import { start } from './start.js';

await start({ name: 'aim-engine', module: 'endpoints', table: 'ENDPOINT_COMMANDS' });
