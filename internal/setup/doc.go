// Package setup makes a house of an empty folder, step by step: keys, store, address,
// administrator, second factor, product, source, buyer. It asks nobody itself: a face, on the
// terminal or in the browser, shows what Ask asks and hands what was answered to Act.
//
// What is done is never written down as done. It is read from what is there, the settings
// file, the keyring, the store, so a setup that was killed anywhere goes on where it was when
// it is run again, and one that is complete changes nothing:
//
//	step           is done when
//	keys           the settings name the data folder and the keyring, and the keyring is there
//	store          the settings name the store, and it was opened
//	address        the settings name the address
//	administrator  there is an administrator
//	factor         an administrator has a second factor
//	product        there is a product (a new store gets 1887)
//	source         a supplier is asked; or the registry, and it holds people or has a buyer behind it
//	buyer          an account has units and a credential
//
// A step that would be unsafe is refused with its reason (Refusal), before anything is
// written. The settings file is only ever added to: what somebody wrote there stays.
package setup
