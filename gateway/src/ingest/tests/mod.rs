mod time_series;
