/**
 * For one question that is asked again and again, whose answers may come in another order than they were asked in.
 * @returns what is called when it is asked; that gives back what is called when its answer is there: whether it is newer than what was taken
 */
export function createAnswerOrder(): () => () => boolean {
  let asked = 0
  let taken = 0
  return () => {
    const turn = ++asked
    return () => {
      if (turn < taken) return false
      taken = turn
      return true
    }
  }
}
