import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import appIcon from '../../../../resources/app-icon.svg'
import { door } from '../../door'
import { api, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { count } from '../../ui/numbers'
import { toast } from '../../ui/toast'
import { useImportSources } from '../servers/use-import-sources'
import { ApproveStep } from './approve-step'
import { ConnectStep } from './connect-step'
import { foundServers, ServersStep } from './servers-step'
import { useDemo } from './use-demo'

type StepNumber = 1 | 2 | 3

/** The first run: approve one call, add your servers, connect your agent. It can be skipped, and opened again from Settings. */
export function WelcomePage() {
  const [step, setStep] = useState<StepNumber>(1)
  const [, go] = useLocation()
  const demo = useDemo()
  const { sources, load } = useImportSources(true)
  const finish = () => {
    if (door.kind === 'app')
      read(api.desktop.preferences.$patch({ json: { welcome_done: true } }))
        .then(() => refresh('preferences'))
        .catch((thrown: unknown) => toast(messageOf(thrown)))
    go('/')
  }
  return (
    <div className="welcome">
      <Steps step={step} onStep={setStep} found={foundServers(sources)} />
      <main>
        <div className="scroll flex grow flex-col">
          {step === 1 && <ApproveStep demo={demo} />}
          {step === 2 && <ServersStep sources={sources} onChange={load} />}
          {step === 3 && <ConnectStep />}
        </div>
        <Foot step={step} onStep={setStep} onFinish={finish} />
      </main>
    </div>
  )
}

function Steps({ step, onStep, found }: { readonly step: StepNumber; onStep(step: StepNumber): void; readonly found: number }) {
  const agents = (useLive('agents').data ?? []).filter(({ exists }) => exists).map(({ title }) => title)
  const steps: readonly (readonly [StepNumber, string, string])[] = [
    [1, 'Approve one call', 'A harmless demo, to see how it asks'],
    [2, 'Add your servers', found > 0 ? `${count(found, 'server')} found on this machine` : 'By hand, or from a config'],
    [3, 'Connect your agent', agents.length > 0 ? `${agents.join(', ')} found` : 'A snippet for each'],
  ]
  return (
    <aside>
      <img src={appIcon} width={56} height={56} alt="" className="mb-4 -ml-1" />
      <h1>One door for all your tools</h1>
      <p className="t2 mt-2 mb-6">Your agents call; you decide what passes. Three steps, about two minutes.</p>
      <ol>
        {steps.map(([number, title, words]) => (
          <li key={number}>
            <button
              type="button"
              className="wstep w-[calc(100%+24px)] text-left"
              aria-current={number === step ? 'step' : undefined}
              onClick={() => onStep(number)}
            >
              <span className="o">{number}</span>
              <span>
                <b className={number === step ? '' : 'font-normal'}>{title}</b>
                <span className="small t3 block">{words}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
      <span className="grow" />
      <p className="small t3">Everything stays on this computer. The gateway listens on 127.0.0.1 only.</p>
    </aside>
  )
}

const nextWords: Readonly<Record<StepNumber, string>> = { 1: 'Add your servers', 2: 'Connect your agent', 3: 'Done' }

function Foot({ step, onStep, onFinish }: { readonly step: StepNumber; onStep(step: StepNumber): void; onFinish(): void }) {
  const next = () => (step === 3 ? onFinish() : onStep((step + 1) as StepNumber))
  return (
    <footer className="savebar bg-transparent!">
      {step < 3 && (
        <>
          <Button look="quiet" onClick={onFinish}>
            Skip for now
          </Button>
          <span className="small t3">Opens again from Settings</span>
        </>
      )}
      <Button look="primary" className="ml-auto" onClick={next}>
        {nextWords[step]}
        <ChevronRight className="i s" aria-hidden />
      </Button>
    </footer>
  )
}
