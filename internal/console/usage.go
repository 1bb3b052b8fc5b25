package console

const (
	callsPath      = "/console/calls"
	statementsPath = "/console/statements"
)

// usageRoutes are the pages of calls, counts and statements.
func (c *Console) usageRoutes() {
	c.signed("GET "+callsPath, c.callsPage)
	c.signed("GET /console/calls/{seq_no}", c.callPage)
	c.signed("GET "+statementsPath, c.statementsPage)
	c.signed("GET /console/statements/{month}", c.statementPage)
}

func usagePreviews() []preview {
	var list []preview
	for _, noun := range []func() []preview{callListPreviews, callPreviews, statementListPreviews, statementPreviews} {
		list = append(list, noun()...)
	}
	return list
}
