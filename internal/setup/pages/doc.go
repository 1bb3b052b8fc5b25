// Package pages is the face of a setup in the browser: one page that shows how every step
// stands and asks for the next one. It looks like the console and decides nothing; package
// setup does.
//
// The trip: New makes a code that is printed where the setup was started; whoever types it
// first is let in, by a cookie of this browser alone, and the code is used up. After a few
// wrong codes, and after the last step, nobody is let in any more: Done tells.
package pages
