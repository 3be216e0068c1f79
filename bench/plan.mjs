/*
 * How long each form of the benchmark looks. Rounds are short and many, so that whatever else the machine does hits every way alike.
 */

/** @typedef {'raw' | 'json' | 'sse'} Mode */

/**
 * @typedef {object} Plan
 * @property {Mode | undefined} mode of the upstream; undefined = what the part was meant for, which is raw for all but `sessions`
 * @property {number} warmUps rounds that are not counted
 * @property {number} rounds
 * @property {number} ms one round of one way
 * @property {number} starts processes started for each median of a start-up
 * @property {number} memoryCalls
 * @property {number} idleMs before memory is read
 */

export const full = { warmUps: 4, rounds: 20, ms: 200, starts: 9, memoryCalls: 100_000, idleMs: 5_000 }
export const quick = { warmUps: 3, rounds: 7, ms: 80, starts: 3, memoryCalls: 30_000, idleMs: 2_000 }
