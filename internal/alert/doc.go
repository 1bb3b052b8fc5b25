// Package alert tells the people and programs of an account in time what they asked to be
// told: that few units are left, that some are about to end, that use is unusual, that many
// calls are refused.
//
// The trip of an alert about units that are left: Look reads the rules and hands the ledger
// their lines → the batch in which calls use up units down to a line writes a crossing, and
// in its transaction the rule is disarmed, the alert written and the job that tells of it →
// Tell writes the note for the inbox, the mails, the deliveries of webhooks and the wish for an
// order, all at once → each is sent by its own job.
//
// Whatever else a rule watches, and whatever no call changed (a grant that was frozen or
// ended), Look finds every minute and fires by the same disarming. So of all calls and nodes
// that see that a rule is due one fires it, and a crash neither loses nor doubles it.
//
// The law: a rule that fired is quiet until it is armed again: by a new grant, in the
// transaction that gives it; or when its cause is gone and its cooldown is over. What is told
// once is told to all at the same instant, and of no call more than its count.
package alert
