import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { examples } from './options'

/** For the help; the command itself is `addCompletion`'s. */
export function defineCompletion(command: Command): void {
  command
    .argument('<shell>', 'bash, zsh, fish or powershell')
    .addHelpText(
      'after',
      examples(
        'completion bash > ~/.local/share/bash-completion/completions/fast-gateway',
        'completion zsh > "${fpath[1]}/_fast-gateway"',
        'completion fish > ~/.config/fish/completions/fast-gateway.fish',
      ),
    )
}

/** Adds `completion SHELL`, which prints a script, and the hidden `complete`, which that script asks. */
export function addCompletion(program: Command): Command {
  tab(program, { completionCommandName: 'completion' })
  return program
}
