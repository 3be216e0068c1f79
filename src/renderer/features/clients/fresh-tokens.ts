import { create } from 'zustand'

/** Tokens of this window's own making, by client id: shown until the person has them, and never to be had again. */
export const useFreshTokens = create<Readonly<Record<string, string>>>()(() => ({}))

export const keepToken = (id: string, token: string): void => useFreshTokens.setState({ [id]: token })
export const forgetToken = (id: string): void =>
  useFreshTokens.setState((tokens) => Object.fromEntries(Object.entries(tokens).filter(([key]) => key !== id)), true)
