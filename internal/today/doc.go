// Package today makes the picture of this moment that operators begin their day with.
//
//	meter := today.NewMeter(now)          // hears of every call and every question to a source
//	desk := today.New(today.Options{…})
//	picture, err := desk.Picture(ctx)
//
// It must be cheap, however many calls there were: how many come a second and how long they take
// is counted in memory, at this node and since it began; what became of them is read from the
// counts of hours; what waits for people is counted by index. What calls brought in can only
// be told from the calls themselves: it is reckoned beside, at most once a minute and for at most a
// twentieth of the time, and shown with the instant for which it holds.
package today
