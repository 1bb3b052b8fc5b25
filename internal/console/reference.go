package console

// resultCode is a row of the table of result codes.
type resultCode struct {
	Code       string `json:"code"`
	Message    string `json:"message"`
	English    string `json:"english"`
	Cause      string `json:"cause"`
	CauseZH    string `json:"cause_zh"`
	Chargeable bool   `json:"chargeable"`
}

// gatewayAnswer is a row of the table of gateway answers.
type gatewayAnswer struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Cause   string `json:"cause"`
	CauseZH string `json:"cause_zh"`
}

// sandboxCard is a row of the table of the sandbox.
type sandboxCard struct {
	Card    string `json:"card"`
	Kind    string `json:"kind"`
	Answer  string `json:"answer"`
	Meaning string `json:"meaning"`
	ZH      string `json:"meaning_zh"`
}
