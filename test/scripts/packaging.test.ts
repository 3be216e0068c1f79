import { Validator, type Schema } from '@cfworker/json-schema'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { keychainMissing } from '../../scripts/package.mjs'

interface Target {
  readonly target: string
  readonly arch: readonly string[]
}

const config = parse(readFileSync('electron-builder.yml', 'utf8')) as Record<string, unknown> & {
  readonly mac: {
    target: Target[]
    icon: string
    entitlements: string
    entitlementsInherit: string
    hardenedRuntime: boolean
    extendInfo: unknown
  }
  readonly win: { target: Target[]; icon: string }
  readonly linux: { target: Target[]; icon: string; executableName: string }
}
const targets = ({ target }: { target: Target[] }) => Object.fromEntries(target.map(({ target, arch }) => [target, arch]))

describe('an installer', () => {
  it('is not made without the module that reaches the keychain', () => {
    const modules = mkdtempSync(join(tmpdir(), 'fast-gateway-modules-'))
    expect(keychainMissing(modules)).toContain('npm ci')
    const built = join(modules, 'keytar/build/Release')
    mkdirSync(built, { recursive: true })
    writeFileSync(join(built, 'keytar.node'), '')
    expect(keychainMissing(modules)).toBeUndefined()
    rmSync(modules, { recursive: true })
  })
})

describe('electron-builder.yml', () => {
  it('is what the installed electron-builder understands', () => {
    const schema = JSON.parse(readFileSync('node_modules/app-builder-lib/scheme.json', 'utf8')) as Schema
    expect(new Validator(schema, '7', false).validate(config).errors).toEqual([])
  })

  it('makes every installer that the releases offer', () => {
    expect(targets(config.mac)).toEqual({ dmg: ['arm64', 'x64', 'universal'], zip: ['arm64', 'x64'] })
    expect(targets(config.win)).toEqual({ nsis: ['x64'] })
    expect(targets(config.linux)).toEqual({ AppImage: ['x64'], deb: ['x64'] })
  })

  it('lets nobody run other code under the name of the app', () => {
    expect(config.electronFuses).toEqual({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
      enableEmbeddedAsarIntegrityValidation: true,
      enableCookieEncryption: true,
      grantFileProtocolExtraPrivileges: false,
      resetAdHocDarwinSignature: true,
    })
  })

  it('keeps everything in the archive that can be loaded from it', () => {
    expect(config).toMatchObject({ asar: { smartUnpack: false }, asarUnpack: ['**/*.node'] })
  })

  it("allows V8 what it needs under macOS' hardened runtime, and no library of somebody else", () => {
    expect(config.mac.hardenedRuntime).toBe(true)
    for (const file of [config.mac.entitlements, config.mac.entitlementsInherit]) {
      const keys = [...readFileSync(file, 'utf8').matchAll(/<key>(.*?)<\/key>/g)].map(([, key]) => key)
      expect(keys).toEqual(['com.apple.security.cs.allow-jit'])
    }
  })

  it('lives in the menu bar of macOS, whose notifications have the buttons that they are given', () =>
    expect(config.mac.extendInfo).toEqual({ LSUIElement: true, NSUserNotificationAlertStyle: 'alert' }))

  it('names icons that are there', () => {
    for (const { icon } of [config.mac, config.win, config.linux]) expect(existsSync(icon)).toBe(true)
  })

  it("leaves the command line's name to the command line", () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> }
    expect(Object.keys(bin)).not.toContain(config.linux.executableName)
  })

  it('registers no protocol and no kind of file, by which others could call the app', () => {
    expect(JSON.stringify(config)).not.toMatch(/"(protocols|fileAssociations|mimeTypes)"/)
  })
})
