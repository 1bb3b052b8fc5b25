package cli

// NewSourceSimulate is the command by itself, for tests from outside.
var NewSourceSimulate = newSourceSimulate
