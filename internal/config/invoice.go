package config

// Invoice is how this house has invoices issued. Without anything they are issued by hand.
type Invoice struct {
	Taxsim     string // the address of a simulated tax bureau
	SecretFile string
}

func invoiceSettings() []Setting {
	return []Setting{
		text("invoice.taxsim", "address of a simulated tax channel, whose invoices are worth nothing; for tests. Empty: people issue by hand", func(c *Config) *string { return &c.Invoice.Taxsim }),
		text("invoice.taxsim_secret_file", "file that holds the secret of the simulated tax channel", func(c *Config) *string { return &c.Invoice.SecretFile }),
	}
}

// checkInvoice finds what is set by half.
func (l *Loaded) checkInvoice(bad func(key, format string, args ...any)) {
	if (l.Invoice.Taxsim == "") != (l.Invoice.SecretFile == "") {
		bad("invoice.taxsim", "invoice.taxsim and invoice.taxsim_secret_file go together")
	}
}
