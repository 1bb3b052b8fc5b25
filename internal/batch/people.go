package batch

import (
	"context"
	"encoding/binary"

	"quartet"
)

// person is one row in clear: what the road is asked, and the reference of its owner.
type person struct {
	raw       quartet.Raw
	reference string
}

// pack puts people one behind the other: of each five texts, each behind its length.
func pack(dst []byte, p *person) []byte {
	for _, s := range [...]string{p.raw.Name, p.raw.ID, p.raw.Card, p.raw.Mobile, p.reference} {
		dst = append(binary.AppendUvarint(dst, uint64(len(s))), s...)
	}
	return dst
}

// unpack reads what pack wrote.
func unpack(packed []byte) (people []person, err error) {
	bad := quartet.Errorf(quartet.ErrInvalid, "batch: a part of the people is damaged")
	for len(packed) > 0 {
		var p person
		for _, s := range [...]*string{&p.raw.Name, &p.raw.ID, &p.raw.Card, &p.raw.Mobile, &p.reference} {
			n, k := binary.Uvarint(packed)
			if k <= 0 || n > uint64(len(packed)-k) {
				return nil, bad
			}
			*s = string(packed[k : k+int(n)])
			packed = packed[k+int(n):]
		}
		people = append(people, p)
	}
	return people, nil
}

// people gives the people of a batch by their rows, one part at a time.
type people struct {
	desk *Desk
	id   string
	part int64 // from 1; 0: none
	list []person
}

// at is the person of a row. ErrNotFound: it is erased.
func (p *people) at(ctx context.Context, row int64) (*person, error) {
	part, place := (row-1)/quartet.BatchPart, (row-1)%quartet.BatchPart
	if p.part != part+1 {
		plain, err := p.desk.unseal(ctx, p.id, quartet.PartPeople, part)
		if err != nil {
			return nil, err
		}
		p.list, err = unpack(plain)
		clear(plain)
		if err != nil {
			return nil, err
		}
		p.part = part + 1
	}
	if place >= int64(len(p.list)) {
		return nil, quartet.Errorf(quartet.ErrNotFound, "batch: a row has no person")
	}
	return &p.list[place], nil
}
