package quartet

import "context"

type originKey struct{}

// WithOrigin notes from where a change comes, such as the address of a caller, so that its
// audit entry can say so.
func WithOrigin(ctx context.Context, from string) context.Context {
	return context.WithValue(ctx, originKey{}, from)
}

// Origin is from where a change comes; empty when nobody noted it.
func Origin(ctx context.Context) string {
	from, _ := ctx.Value(originKey{}).(string)
	return from
}
