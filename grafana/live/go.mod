module loginstorm/grafana/live

go 1.26
