// Portico on a free port and in a folder of its own: with its demonstration data, or as an operator begins.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ANNOUNCEMENT = /^Portico is at (http:\/\/\S+)/;
const START_LIMIT = 120_000;
const STOP_LIMIT = 20_000;

// A signal ends a process without its `exit` handlers; these see to it that no server and no browser stays behind.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/**
 * Starts `$PORTICO_BIN demo` and waits until it says where it is. With `prepare`, what that does with `run` comes first,
 * and then the server starts with what it made, without demonstration data.
 *
 * Gives `baseUrl`, `demo` (what `demo.json` says: the logins and so on; or what `prepare` answered), `run(...args)`, which
 * runs another command of the program on the same data and gives what it printed, and `stop()`, which ends the server
 * and fails if it does not end well. A journey calls `stop` in its `after` hook.
 */
export async function startPortico(prepare) {
  const program = process.env.PORTICO_BIN;
  assert.ok(program, 'PORTICO_BIN must name the program: `cargo xtask test` sets it');
  const data = await mkdtemp(join(tmpdir(), 'portico-e2e-'));
  // The program refuses settings it does not know, and the journeys' own are such.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PORTICO_')));
  const run = (...args) => execFileSync(program, [...args, '--data', data], { env, encoding: 'utf8' });
  const prepared = prepare?.(run);
  const child = spawn(program, [prepare ? 'serve' : 'demo', '--data', data, '--listen', '127.0.0.1:0'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const discard = () => {
    child.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  };
  process.once('exit', discard);

  const log = [];
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(`did not start: ${error.message}`));
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  createInterface(child.stderr).on('line', (line) => log.push(line));

  const stop = async () => {
    child.kill('SIGTERM');
    const outcome = await within(STOP_LIMIT, ended, 'still running');
    discard();
    process.off('exit', discard);
    assert.equal(outcome, 0, `Portico did not end well (${outcome})\n${log.join('\n')}`);
  };

  const announced = new Promise((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      log.push(line);
      const url = line.match(ANNOUNCEMENT)?.[1];
      if (url) resolve({ url });
    });
  });
  const outcome = await within(START_LIMIT, Promise.race([announced, ended]), 'no address');
  if (!outcome?.url) {
    await stop().catch(() => {});
    assert.fail(`Portico did not start (${outcome})\n${log.join('\n')}`);
  }
  const demo = prepared ?? JSON.parse(await readFile(join(data, 'demo.json'), 'utf8'));
  return { baseUrl: outcome.url, demo, run, stop };
}

/** What a promise gives, or `otherwise` when it takes longer than so many milliseconds. */
async function within(milliseconds, promise, otherwise) {
  let timer;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds, otherwise);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
