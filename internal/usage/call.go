package usage

import (
	"context"
	"time"

	"quartet"
)

// Call is a call as it is shown. It holds no element and no fingerprint.
type Call struct {
	SeqNo          string
	At             time.Time
	Account        string
	Product        string
	Credential     string
	CredentialName string
	Code           quartet.Code
	Verdict        quartet.Verdict
	Reason         quartet.Reason // to buyers as far as the product's grade of detail goes
	Differs        []string       // likewise; parameters
	Units          int64          // charged
	Latency        time.Duration

	// To operators alone.
	Grant    string
	Source   string
	Reused   bool
	Attempts []quartet.Attempt // of one call alone
}

// names are what rows do not say themselves.
type names struct {
	details     map[string]quartet.Detail
	credentials map[string]string
}

func (d *Desk) names(ctx context.Context, account string) (n names, err error) {
	products, err := d.o.Catalogue.Products(ctx)
	if err != nil {
		return n, err
	}
	credentials, err := d.o.Catalogue.Credentials(ctx, account)
	if err != nil {
		return n, err
	}
	n = names{make(map[string]quartet.Detail, len(products)), make(map[string]string, len(credentials))}
	for i := range products {
		n.details[products[i].ID] = products[i].Detail
	}
	for i := range credentials {
		n.credentials[credentials[i].ID] = credentials[i].Name
	}
	return n, nil
}

// Names tells the names of the credentials of an account by their ids.
func (d *Desk) Names(ctx context.Context, account string) (map[string]string, error) {
	n, err := d.names(ctx, account)
	return n.credentials, err
}

// show is a call for operators, or for buyers: then it tells no more than its answer did.
func (d *Desk) show(c *quartet.Call, n *names, operator bool) Call {
	s := Call{
		SeqNo: d.o.Numbers.Text(c.SeqNo), At: c.At, Account: c.Account, Product: c.Product, Credential: c.Credential, CredentialName: n.credentials[c.Credential],
		Code: c.Code, Verdict: c.Verdict, Units: c.Charged, Latency: c.Latency,
	}
	detail := n.details[c.Product]
	if operator {
		s.Grant, s.Source, s.Reused = c.Grant, c.Source, c.Reused
		detail = quartet.DetailElement
	}
	if operator || c.Code == quartet.CodeOK && (detail == quartet.DetailReason || detail == quartet.DetailElement) {
		s.Reason = c.Reason
	}
	if detail == quartet.DetailElement {
		s.Differs = c.Differs.Parameters()
	}
	return s
}

// MaxPage is the longest page of calls.
const MaxPage = 200

// Calls lists calls, newest first, at most f.Limit of them: of f.Account, or of all, which
// operators alone may see whole. after is the seqNo of the last call of the page before; ""
// begins at the newest. ErrInvalid: it is none.
func (d *Desk) Calls(ctx context.Context, f quartet.CallFilter, after string, operator bool) ([]Call, error) {
	if after != "" {
		no, err := d.o.Numbers.Parse(after)
		if err != nil {
			return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "after", Message: "after is not next of an earlier page; begin at the first one"}
		}
		f.Before = no
	}
	n, err := d.names(ctx, f.Account)
	if err != nil {
		return nil, err
	}
	found, err := d.o.Store.LatestCalls(ctx, f)
	if err != nil {
		return nil, err
	}
	list := make([]Call, len(found))
	for i := range found {
		list[i] = d.show(&found[i], &n, operator)
	}
	return list, nil
}

// Call shows the call of a seqNo: of an account, or of whichever for "". Operators see the
// sources that were considered. ErrNotFound: there is none, it is another account's, or it is
// no longer kept.
func (d *Desk) Call(ctx context.Context, account, seqNo string, operator bool) (Call, error) {
	unknown := quartet.Errorf(quartet.ErrNotFound, "no call bears this seqNo; check it letter by letter")
	no, err := d.o.Numbers.Parse(seqNo)
	if err != nil {
		return Call{}, unknown
	}
	c, err := d.o.Store.FindCall(ctx, no)
	if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && account != "" && c.Account != account {
		return Call{}, unknown
	}
	if err != nil {
		return Call{}, err
	}
	n, err := d.names(ctx, c.Account)
	if err != nil {
		return Call{}, err
	}
	s := d.show(&c, &n, operator)
	if operator {
		s.Attempts, err = d.o.Store.Attempts(ctx, no)
	}
	return s, err
}
