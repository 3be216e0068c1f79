import { build } from '../../scripts/build.mjs'

/** Before any test of the built product. */
export const setup = () => build(['app'])
