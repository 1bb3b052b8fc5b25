-- +goose Up

-- How many notes of the house among itself a ticket has, and how many stand before a message:
-- buyers count without them, so that neither a gap nor a last place tells of one.
ALTER TABLE ticket ADD COLUMN notes BIGINT NOT NULL DEFAULT 0 CHECK (notes >= 0);
ALTER TABLE ticket_message ADD COLUMN notes BIGINT NOT NULL DEFAULT 0 CHECK (notes >= 0);

UPDATE ticket_message SET notes = (SELECT count(*) FROM ticket_message AS n WHERE n.ticket_id = ticket_message.ticket_id AND n.internal = 1 AND n.place < ticket_message.place)
	WHERE ticket_id IN (SELECT n.ticket_id FROM ticket_message AS n WHERE n.internal = 1);

UPDATE ticket SET
	notes = (SELECT count(*) FROM ticket_message AS n WHERE n.ticket_id = ticket.id AND n.internal = 1),
	buyer_seen = buyer_seen - (SELECT count(*) FROM ticket_message AS n WHERE n.ticket_id = ticket.id AND n.internal = 1 AND n.place <= ticket.buyer_seen),
	buyer_told = buyer_told - (SELECT count(*) FROM ticket_message AS n WHERE n.ticket_id = ticket.id AND n.internal = 1 AND n.place <= ticket.buyer_told),
	buyer_sent = buyer_sent - (SELECT count(*) FROM ticket_message AS n WHERE n.ticket_id = ticket.id AND n.internal = 1 AND n.place <= ticket.buyer_sent)
	WHERE id IN (SELECT n.ticket_id FROM ticket_message AS n WHERE n.internal = 1);
