// Package storetest is the law of the store: what every method promises, whichever engine
// keeps the rows. The store's own tests run it on SQLite and on PostgreSQL.
//
//	storetest.Run(t, func(t *testing.T) storetest.Database { … })
//
// It looks only through the methods, as the features do. What needs SQL of its own, or a
// server that fails, is tested beside the store.
package storetest
