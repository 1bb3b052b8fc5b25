package person

import (
	"context"
	"slices"

	"quartet"
	"quartet/internal/notify"
)

// Letters tells a letter to those persons who still belong to an account, or to its owners if
// none of them does. Who may not sign in any more is told nothing.
func (d *Desk) Letters(ctx context.Context, account string, persons []string, l notify.Letter) ([]quartet.Message, error) {
	members, err := d.store.Members(ctx, account)
	if err != nil {
		return nil, err
	}
	list, err := d.letters(ctx, members, l, func(m quartet.Member) bool { return slices.Contains(persons, m.Person) })
	if err != nil || len(list) > 0 {
		return list, err
	}
	return d.letters(ctx, members, l, func(m quartet.Member) bool { return m.Role == quartet.RoleOwner })
}

func (d *Desk) letters(ctx context.Context, members []quartet.Member, l notify.Letter, wanted func(quartet.Member) bool) ([]quartet.Message, error) {
	var list []quartet.Message
	for _, m := range members {
		if !wanted(m) {
			continue
		}
		p, err := d.store.Person(ctx, m.Person)
		if err != nil {
			return nil, err
		}
		if !p.Disabled.IsZero() {
			continue
		}
		told, err := d.tell(p, l)
		if err != nil {
			return nil, err
		}
		list = append(list, told...)
	}
	return list, nil
}
