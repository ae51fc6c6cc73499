# Golden numbers of Kaplan-Meier and Aalen-Johansen curves. Run: Rscript tests/golden/curves.R
library(survival)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(here, "data", "competing.csv"))
spells <- read.csv(file.path(here, "data", "spells.csv"))
d$state <- factor(d$cause, 0:2)
versions <- sprintf("R %s; survival %s", getRversion(), packageVersion("survival"))
golden <- NULL
add <- function(curve, group, cause, f, estimate, std_error, lower, upper, at_risk, events) {
  g <- data.frame(curve, group, cause, time = f$time, estimate, std_error, lower, upper, at_risk, events)
  number <- c("estimate", "std_error", "lower", "upper")
  g[number] <- lapply(g[number], function(v) ifelse(is.finite(v), sprintf("%.15g", v), ""))
  golden <<- rbind(golden, g)
}
km <- function(curve, group, f) {
  add(curve, group, 1, f, f$surv, f$surv * f$std.err, f$lower, f$upper, f$n.risk, f$n.event)
}
aj <- function(curve, group, f) {
  for (k in 1:2) {
    add(curve, group, k, f, f$pstate[, k + 1], f$std.err[, k + 1], f$lower[, k + 1],
        f$upper[, k + 1], f$n.risk[, 1], f$n.event[, k + 1])
  }
}
for (g in sort(unique(d$area))) {
  e <- d[d$area == g, ]
  km("km_entry", g, survfit(Surv(start, stop, cause > 0) ~ 1, e))
  aj("aj_entry", g, survfit(Surv(start, stop, state) ~ 1, e, id = id))
  km("km", g, survfit(Surv(stop, cause > 0) ~ 1, e))
  aj("aj", g, survfit(Surv(stop, state) ~ 1, e))
}
km("km_spells", "all", survfit(Surv(start, stop, event) ~ 1, spells))

# Weights, clusters, delayed entry, and confidence limits on other scales. R gives the error of log S
# or of S, as the kind of error has it.
robust <- function(curve, group, f) {
  error <- if (f$logse) f$surv * f$std.err else f$std.err
  add(curve, group, 1, f, f$surv, error, f$lower, f$upper, f$n.risk, f$n.event)
}
episodes <- read.csv(file.path(here, "data", "episodes.csv"))
episodes$event <- episodes$cause > 0
episodes$state <- factor(episodes$cause, 0:2)
# In this version survfit of several states clusters by id, whatever `cluster` says: sum the
# influence of the rows of a cluster ourselves.
by_cluster <- function(f, weight, cluster) {
  each <- f$influence.pstate[, -1, ] * weight  # but that of the initial state
  stopifnot(max(abs(sqrt(apply(each^2, 2:3, sum)) - f$std.err)) < 1e-10)
  f$std.err <- apply(each, 2:3, function(u) sqrt(sum(rowsum(u, cluster)^2)))
  ends <- survival:::survfit_confint(f$pstate, f$std.err, logse = FALSE, "log", 0.95)
  f[c("lower", "upper")] <- ends
  f
}
for (g in c("east", "west")) {
  e <- episodes[episodes$area == g, ]
  e$row <- seq_len(nrow(e))
  whole <- Surv(start, stop, event) ~ 1
  states <- Surv(start, stop, state) ~ 1
  robust("km_weights", g, survfit(whole, e, weights = weight, cluster = row, robust = TRUE))
  robust("km_copies", g, survfit(whole, e, weights = ceiling(weight)))
  robust("km_cluster", g, survfit(whole, e, cluster = cluster, robust = TRUE))
  robust("km_both", g, survfit(whole, e, weights = weight, cluster = cluster, robust = TRUE))
  for (scale in c("log-log", "logit", "plain")) {
    robust(paste0("km_", scale), g, survfit(whole, e, conf.type = scale, conf.int = 0.9))
  }
  aj("aj_rows", g, survfit(states, e, id = row))
  aj("aj_weights", g, survfit(states, e, weights = weight, id = row))
  aj("aj_person", g, survfit(states, e, id = person))
  f <- survfit(states, e, id = row, influence = TRUE)
  aj("aj_cluster", g, by_cluster(f, 1, e$cluster))
  f <- survfit(states, e, weights = weight, id = row, influence = TRUE)
  aj("aj_both", g, by_cluster(f, e$weight, e$cluster))
  aj("aj_log-log", g, survfit(states, e, id = row, conf.type = "log-log", conf.int = 0.9))
}
golden$versions <- versions
write.csv(golden, file.path(here, "curves.csv"), row.names = FALSE, quote = FALSE)
