package console

import (
	"net/http"
	"time"
)

const houseMarketsPath = "/house/markets"

func (c *Console) marketsRoutes() {
	c.housed("GET "+houseMarketsPath, c.houseMarketsPage)
	c.form("POST "+houseMarketsPath, c.addMarket, c.houseMarketsPage)
	c.form("POST "+houseMarketsPath+"/{market}/rotation", c.rotateMarket, c.houseMarketsPage)
	c.form("POST "+houseMarketsPath+"/{market}/off", c.switchMarketOff, c.houseMarketsPage)
}

// cloudMarket is one that sells our plans.
type cloudMarket struct {
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	RotatedAt time.Time `json:"rotated_at"`
	OffAt     time.Time `json:"off_at"`
}

// Path is where it is changed, Off whether its messages are refused.
func (m cloudMarket) Path() string { return pathTo(houseMarketsPath+"/", m.Name) }
func (m cloudMarket) Off() bool    { return !m.OffAt.IsZero() }

// HouseMarketsPage lists the cloud markets.
type HouseMarketsPage struct {
	Markets []cloudMarket
	Runs    bool
	Done    string
}

func (HouseMarketsPage) template() string { return "housemarkets" }
func (HouseMarketsPage) title() string    { return "云市场" }

// HouseMarketSecretPage shows the secret of a market, once.
type HouseMarketSecretPage struct {
	Name, Secret string
}

func (HouseMarketSecretPage) template() string { return "housemarketsecret" }
func (HouseMarketSecretPage) title() string    { return "云市场密钥" }

func (c *Console) houseMarketsPage(v *visit) (page, error) {
	every, err := all[cloudMarket](v, "/markets")
	return HouseMarketsPage{every, v.who().May("house.write"), v.done(map[string]string{"off": "云市场已停用，不再接收它的消息"})}, err
}

// marketSecret shows the secret that was made; it stands in no address.
func (c *Console) marketSecret(v *visit, path string, in any) (string, error) {
	var made struct {
		Market cloudMarket `json:"market"`
		Secret string      `json:"secret"`
	}
	if err := v.post(path, in, &made); err != nil {
		return "", err
	}
	c.render(v, http.StatusOK, HouseMarketSecretPage{made.Market.Name, made.Secret})
	return "", nil
}

func (c *Console) addMarket(v *visit) (string, error) {
	return c.marketSecret(v, "/markets", map[string]string{"name": v.value("name")})
}

func (c *Console) rotateMarket(v *visit) (string, error) {
	return c.marketSecret(v, pathTo("/markets/", v.r.PathValue("market"))+"/rotation", nil)
}

func (c *Console) switchMarketOff(v *visit) (string, error) {
	return query(houseMarketsPath, "done", "off"), v.post(pathTo("/markets/", v.r.PathValue("market"))+"/off", nil, nil)
}

func houseMarketPreviews() []preview {
	at := previewNow
	some := []cloudMarket{{Name: "example-cloud", CreatedAt: at.AddDate(0, -3, 0), RotatedAt: at.AddDate(0, -1, 0)}, {Name: "old-cloud", CreatedAt: at.AddDate(-1, 0, 0), RotatedAt: at.AddDate(-1, 0, 0), OffAt: at.AddDate(0, -2, 0)}}
	return []preview{
		{name: "house-markets", path: houseMarketsPath, page: HouseMarketsPage{Markets: some, Runs: true}},
		{name: "house-markets-empty", path: houseMarketsPath, page: HouseMarketsPage{Runs: true}},
		{name: "house-market-secret", path: houseMarketsPath, page: HouseMarketSecretPage{"example-cloud", "mk-3f9c0b7a5d1e4c62"}},
	}
}
