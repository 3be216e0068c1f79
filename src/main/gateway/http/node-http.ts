/**
 * `node:http` past its ES module facade, which reads every export and so loads Node's own fetch as well: 15 ms and 5 MB at each start.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http')
