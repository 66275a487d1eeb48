/** The signals by which people and supervisors end a command; what a second one does is for each command to say. */
export const endingSignals = ['SIGINT', 'SIGTERM'] as const
