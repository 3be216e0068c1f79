import { expect, it } from 'vitest'
import { createAnswerOrder } from '../../src/renderer/answer-order'

it('takes answers as they come, where they come in the order of the questions', () => {
  const ask = createAnswerOrder()
  const [first, second] = [ask(), ask()]
  expect([first(), second()]).toEqual([true, true])
})

it('drops an answer that a newer question has been answered before', () => {
  const ask = createAnswerOrder()
  const [first, second] = [ask(), ask()]
  expect([second(), first()]).toEqual([true, false])
})

it('does not wait for the newest: each answer that is newer than the last counts', () => {
  const ask = createAnswerOrder()
  const answers = Array.from({ length: 5 }, ask)
  expect(answers.map((isNews) => isNews())).toEqual([true, true, true, true, true])
})
