package quartet

// Chores is how much waits for people of the house.
type Chores struct {
	Applications int64 // of firms, submitted
	Refunds      int64 // asked for, or refused by the provider
	Transfers    int64 // that nobody has said the purpose of
	Claims       int64 // that a second person decides
	Adjustments  int64 // likewise
	BankAccounts int64 // likewise
	Roles        int64 // of operators, likewise
	Invoices     int64 // to approve, issue, confirm or look after
	RedLetters   int64 // likewise
	Tickets      int64 // in which support is to answer
	Jobs         int64 // that were given up
	Settlements  int64 // that differ, and nobody has said that it was seen
}
